import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    repeats: { type: 'string', default: '20' },
    only: { type: 'string', default: '' },
  },
});

/** `--repeats`: how often each measure is taken. */
export const repeats = Number(values.repeats);

/** Takes the measures one after the other, or those that `--only a,b` names. */
export async function take(measures: Readonly<Record<string, () => Promise<void>>>): Promise<void> {
  const chosen = values.only === '' ? Object.keys(measures) : values.only.split(',');
  const unknown = chosen.filter((name) => !(name in measures));
  if (unknown.length > 0) {
    console.error(
      `No measure is called ${unknown.join(', ')}. There are: ${Object.keys(measures).join(', ')}`,
    );
    process.exit(2);
  }
  for (const [name, measure] of Object.entries(measures))
    // oxlint-disable-next-line no-await-in-loop -- one must not disturb the other
    if (chosen.includes(name)) await measure();
}
