import type { ReleaseStatus } from '#contract/release-statuses.ts';
import type { ReleaseLogRow } from '#database/registry-tables.ts';

/** One line of a pipeline's log; `error` where the stage failed. */
export interface PipelineLine {
  stage: ReleaseLogRow['stage'];
  level: 'start' | 'end' | 'info' | 'success' | 'error';
  message: string;
  error?: string;
}

const UPLOAD: PipelineLine[] = [
  { stage: 'deploy', level: 'start', message: 'Uploading bundle' },
  { stage: 'deploy', level: 'info', message: 'Bundle verified' },
  { stage: 'deploy', level: 'end', message: 'Bundle uploaded' },
];
const SCAN_START: PipelineLine = { stage: 'scan', level: 'start', message: 'Checking for known problems' };
const SCAN: PipelineLine[] = [SCAN_START, { stage: 'scan', level: 'success', message: 'No problems found' }];
const METADATA_START: PipelineLine = {
  stage: 'metadata',
  level: 'start',
  message: 'Asking the server what it offers',
};
const PUBLISH_START: PipelineLine = { stage: 'publish', level: 'start', message: 'Publishing' };
const SIGN_IN: PipelineLine[] = [
  { stage: 'deploy', level: 'success', message: 'Upstream reached' },
  { stage: 'scan', level: 'start', message: 'Checking how to sign in' },
];

/** What the pipeline of a release said that ended, or stands, like this. */
export const pipelines: Record<ReleaseStatus, readonly PipelineLine[]> = {
  SUCCESS: [
    ...UPLOAD,
    ...SCAN,
    METADATA_START,
    { stage: 'metadata', level: 'success', message: 'Tools, resources and prompts recorded' },
    PUBLISH_START,
    { stage: 'publish', level: 'success', message: 'Live' },
  ],
  FAILURE: [
    ...UPLOAD,
    ...SCAN,
    METADATA_START,
    {
      stage: 'metadata',
      level: 'error',
      message: 'The server did not start',
      error:
        'TypeError: Cannot read properties of undefined (reading "token") at createServer (index.js:18:32)',
    },
  ],
  FAILURE_SCAN: [
    ...UPLOAD,
    SCAN_START,
    {
      stage: 'scan',
      level: 'error',
      message: 'A problem was found',
      error: 'The bundle starts a shell with text taken from a tool call',
    },
  ],
  AUTH_REQUIRED: [
    ...SIGN_IN,
    { stage: 'scan', level: 'info', message: 'The upstream asks for a sign-in: waiting for the owner' },
  ],
  AUTH_TIMEOUT: [
    ...SIGN_IN,
    {
      stage: 'scan',
      level: 'error',
      message: 'Nobody signed in',
      error: 'The sign-in was not completed within 10 minutes',
    },
  ],
  CANCELLED: [...UPLOAD, { stage: 'scan', level: 'error', message: 'Cancelled by the owner' }],
  INTERNAL_ERROR: [
    ...UPLOAD,
    ...SCAN,
    PUBLISH_START,
    {
      stage: 'publish',
      level: 'error',
      message: 'Publishing failed',
      error: 'The registry could not store the bundle; try again',
    },
  ],
  WORKING: [...UPLOAD, SCAN_START],
  QUEUED: [],
};
