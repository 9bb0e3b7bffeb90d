import { useMutation } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { type ActivityQuery, downloadActivityMutation } from '#web/api/activity.ts';
import { FailureNotice } from '#web/components/failure-notice.tsx';
import { Button } from '#web/ui/button.tsx';

/** Takes all that the filter lets through, not the loaded rows alone, as a file. */
export function DownloadButtons({ filter }: { filter: ActivityQuery }) {
  const download = useMutation(downloadActivityMutation());
  const start = (format: 'csv' | 'json') =>
    download.mutate({ filter, format }, { onSuccess: (file) => save(file, `touchmark-activity.${format}`) });
  const isRunning = (format: 'csv' | 'json') => download.isPending && download.variables.format === format;
  return (
    <>
      <Button onClick={() => start('csv')} pending={isRunning('csv')}>
        <Download size={16} aria-hidden /> Download CSV
      </Button>
      <Button onClick={() => start('json')} pending={isRunning('json')}>
        <Download size={16} aria-hidden /> Download JSON
      </Button>
      {download.error !== null && (
        <FailureNotice title="The activity could not be downloaded" error={download.error} />
      )}
    </>
  );
}

function save(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser has it once the click is over, some a moment later.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
