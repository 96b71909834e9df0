// Tables that stand beside every chart and map.
export type Cell = string | number | boolean | null | undefined;
export type Row = Record<string, Cell>;
export interface Column { key: string; title: string; number?: boolean; digits?: number; unit?: string }

/** CSV text; a cell that a spreadsheet would run as a formula is written as text. */
export function toCsv(columns: Column[], rows: Row[]): string {
  const cell = (value: Cell): string => {
    if (value === null || value === undefined) return '';
    let text = String(value);
    if (typeof value === 'string' && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns.map((c) => cell(c.key)), ...rows.map((r) => columns.map((c) => cell(r[c.key])))].map((line) => line.join(',')).join('\r\n') + '\r\n';
}

/** Hands a file to the person. */
export function download(name: string, content: BlobPart, type: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
