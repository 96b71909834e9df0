// ECharts with only what the pages use, drawn as SVG: crisp, testable, and read aloud.
import { BarChart, CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { AriaComponent, DataZoomComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { token, type Option } from './token';

echarts.use([LineChart, BarChart, ScatterChart, CustomChart, GridComponent, TooltipComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, AriaComponent, DataZoomComponent, SVGRenderer]);

/** Draws into an element; gives back how to change and how to end it. */
export function draw(element: HTMLElement, option: Option): { change: (next: Option) => void; end: () => void } {
  const chart = echarts.init(element, null, { renderer: 'svg' });
  const fontFamily = getComputedStyle(element).fontFamily; // texts are measured in it: "inherit" would be measured in another
  const base: Option = { animation: false, aria: { enabled: true }, textStyle: { fontFamily, color: token('text') }, tooltip: { confine: true } };
  chart.setOption({ ...base, ...option }, true);
  const watcher = new ResizeObserver(() => chart.resize());
  watcher.observe(element);
  return {
    change: (next) => chart.setOption({ ...base, ...next, textStyle: { fontFamily, color: token('text') } }, true),
    end: () => { watcher.disconnect(); chart.dispose(); },
  };
}
