/** A table with box characters, as abra's table library draws them. */
export function boxTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => displayWidth(row[column] ?? ''))));
  const rule = (left: string, middle: string, right: string): string =>
    left + widths.map((width) => '─'.repeat(width + 2)).join(middle) + right;
  const line = (row: readonly string[]): string =>
    `│${widths.map((width, at) => cell(row[at] ?? '', width)).join('│')}│`;
  return [rule('┌', '┬', '┐'), line(header), rule('├', '┼', '┤'), ...rows.map(line), rule('└', '┴', '┘')].join('\n');
}

function cell(text: string, width: number): string {
  return ` ${text}${' '.repeat(width - displayWidth(text))} `;
}

function displayWidth(text: string): number {
  return [...text].reduce((sum, char) => sum + (char === '✅' || char === '❌' ? 2 : 1), 0);
}
