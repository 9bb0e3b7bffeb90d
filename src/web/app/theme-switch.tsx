import { Monitor, Moon, Sun } from 'lucide-react';
import { type Theme, useTheme } from '#web/lib/theme.ts';
import { Button } from '#web/ui/button.tsx';
import { useMediaQuery } from '#web/ui/media-query.ts';

const themes = {
  system: { icon: Monitor, words: 'as the system' },
  light: { icon: Sun, words: 'light' },
  dark: { icon: Moon, words: 'dark' },
} as const;

/** Goes round the three themes, first to the one that is not on screen. */
export function ThemeSwitch() {
  const [theme, changeTheme] = useTheme();
  const isSystemDark = useMediaQuery('(prefers-color-scheme: dark)');
  const next = nextTheme(theme, isSystemDark);
  const { icon: Icon, words } = themes[theme];
  const label = `Theme: ${words}. Switch to ${themes[next].words}`;
  return (
    <Button variant="ghost" iconOnly aria-label={label} title={label} onClick={() => changeTheme(next)}>
      <Icon size={16} aria-hidden />
    </Button>
  );
}

function nextTheme(theme: Theme, isSystemDark: boolean): Theme {
  const round: Theme[] = isSystemDark ? ['system', 'light', 'dark'] : ['system', 'dark', 'light'];
  return round[(round.indexOf(theme) + 1) % round.length] ?? 'system';
}
