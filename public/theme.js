// Before the first paint, so that a chosen theme never flashes the other one. The choice is changed in
// src/web/lib/theme.ts; this is a file of its own because the content security policy allows no inline script.
try {
  const theme = localStorage.getItem('touchmark-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be switched off: the system's theme it is.
}
