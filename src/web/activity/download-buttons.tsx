import { useMutation } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { type ActivityQuery, downloadActivityMutation } from '#web/api/activity.ts';
import { FailureNotice } from '#web/components/outcomes/failure-notice.tsx';
import { saveFile } from '#web/lib/save-file.ts';
import { Button } from '#web/ui/button.tsx';

/** Takes all that the filter lets through, not the loaded rows alone, as a file. */
export function DownloadButtons({ filter }: { filter: ActivityQuery }) {
  const download = useMutation(downloadActivityMutation());
  const start = (format: 'csv' | 'json') =>
    download.mutate(
      { filter, format },
      { onSuccess: (file) => saveFile(`touchmark-activity.${format}`, file) },
    );
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
