import { Monitor, Moon, Sun } from 'lucide-react';
import { type Theme, useTheme } from '#web/lib/theme.ts';
import { Button } from '#web/ui/button.tsx';

const themes = {
  system: { icon: Monitor, words: 'as the system', next: 'light' },
  light: { icon: Sun, words: 'light', next: 'dark' },
  dark: { icon: Moon, words: 'dark', next: 'system' },
} as const satisfies Record<Theme, unknown>;

/** Goes round the three themes. */
export function ThemeSwitch() {
  const [theme, changeTheme] = useTheme();
  const { icon: Icon, words, next } = themes[theme];
  const label = `Theme: ${words}. Switch to ${themes[next].words}`;
  return (
    <Button variant="ghost" iconOnly aria-label={label} title={label} onClick={() => changeTheme(next)}>
      <Icon size={16} aria-hidden />
    </Button>
  );
}
