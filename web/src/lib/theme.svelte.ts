// Light, dark, or as the system has it.
export type Theme = 'system' | 'light' | 'dark';
const kept = localStorage.getItem('theme');
export const theme = $state<{ chosen: Theme }>({ chosen: kept === 'light' || kept === 'dark' ? kept : 'system' });

export function setTheme(chosen: Theme): void {
  theme.chosen = chosen;
  if (chosen === 'system') {
    localStorage.removeItem('theme');
    delete document.documentElement.dataset['theme'];
  } else {
    localStorage.setItem('theme', chosen);
    document.documentElement.dataset['theme'] = chosen;
  }
}
setTheme(theme.chosen);

export function isDark(): boolean {
  return theme.chosen === 'dark' || (theme.chosen === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
}
