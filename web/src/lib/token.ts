// Colours of the theme in use, for drawings that cannot read CSS; loads nothing of the chart library.
import type { EChartsCoreOption } from 'echarts/core';

export type Option = EChartsCoreOption;

/** The value of a colour token of the theme in use. */
export function token(name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}
