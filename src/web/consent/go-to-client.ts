// The server takes no such address from a client; this page does not go there whoever says so.
const RUNS_HERE = /^(javascript|data|vbscript|blob|file|about):$/;

/** Takes the answer to the client: to its website, or to the program that waits on this computer. */
export function goToClient(redirectTo: string): void {
  if (RUNS_HERE.test(new URL(redirectTo).protocol)) throw new Error('The client has no address to go to.');
  window.location.assign(redirectTo);
}
