import { followAttendance } from '#web/api/calling/attendance.ts';
import { keepSignInCode } from '#web/session/sign-in-code.ts';
import { preload } from './preload.ts';

// The code opens the dashboard: it leaves the address before anything else can read it.
keepSignInCode();
// The first data is under way while the code that shows it is still loading.
preload(window.location);

// What nobody asked for keeps no session alive.
followAttendance();

// Not awaited here: what it loads needs parts of this file's chunk, and would wait for it in turn.
void import('./app.tsx').then(({ startApp }) => startApp());
