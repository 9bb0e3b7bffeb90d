import '#web/ui/tokens.css';
import '#web/ui/base.css';
import '#web/ui/desk-accents.css';
import { followAttendance } from '#web/api/attendance.ts';
import { keepSignInCode } from '#web/session/sign-in-code.ts';
import { preload } from './preload.ts';

// The code opens the dashboard: it leaves the address before anything else can read it.
keepSignInCode();
// The first data is under way while the code that shows it is still loading.
preload(window.location.pathname);

// What nobody asked for keeps no session alive.
followAttendance();

const { startApp } = await import('./app.tsx');
startApp();
