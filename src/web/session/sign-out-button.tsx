import { useMutation } from '@tanstack/react-query';
import { LogOut } from 'lucide-react';
import { signOutMutation } from '#web/api/session.ts';
import { paths } from '#web/lib/paths.ts';
import { Button } from '#web/ui/button.tsx';
import { showToast } from '#web/ui/toast/toast.tsx';

/** Ends the session, and with the page everything that it had in memory. */
export function SignOutButton() {
  const signOut = useMutation(signOutMutation());
  const leave = () =>
    signOut.mutate(undefined, {
      onSuccess: () => window.location.replace(paths.signIn()),
      onError: (error) =>
        showToast({ tone: 'danger', message: 'You are still signed in', detail: error.message }),
    });
  return (
    <Button
      variant="ghost"
      iconOnly
      aria-label="Sign out"
      title="Sign out"
      pending={signOut.isPending}
      onClick={leave}
    >
      {!signOut.isPending && <LogOut size={16} aria-hidden />}
    </Button>
  );
}
