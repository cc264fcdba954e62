import { median } from './figures';

/** One row of the table. */
export interface Figure {
	what: string;
	/** The ledger that was measured; empty if the row is about no ledger. */
	ledger?: string;
	unit: 's' | 'ms' | '/s' | 'MB' | '';
	/** One value per measurement; the table shows the median. */
	ours: readonly number[];
	/** The same action by another contestant, in turns with ours: one value for each of ours. */
	against?: { who: string; values: readonly number[] };
	goal?: Goal;
}

export type Goal = { of: 'value' | 'ratio' } & ({ atMost: number } | { atLeast: number });

const HEADER = ['What', 'Ledger', 'Ours', 'Compared with', 'Ratio (least to most)', 'Goal', ''];

const toLine = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

export const TABLE_HEAD = [HEADER, HEADER.map(() => '---')].map(toLine).join('\n');

/** @param isJudged whether the figures are compared with the goals, which apply to the full sizes */
export function toTableLine(figure: Figure, isJudged: boolean): string {
	return toLine(toRow(figure, isJudged));
}

function toRow({ what, ledger = '', unit, ours, against, goal }: Figure, isJudged: boolean): string[] {
	const value = median(ours);
	const ratios = ours.map((one, round) => one / (against?.values[round] ?? Number.NaN));
	const judged = goal?.of === 'ratio' ? median(ratios) : value;
	return [
		what,
		ledger,
		withUnit(value, unit),
		against ? `${against.who}: ${withUnit(median(against.values), unit)}` : '',
		against ? spread(ratios) : '',
		...(goal && isJudged ? [describe(goal, unit), isMet(goal, judged) ? 'met' : '**missed**'] : ['', '']),
	];
}

export function isMet(goal: Goal, value: number): boolean {
	return 'atMost' in goal ? value <= goal.atMost : value >= goal.atLeast;
}

function describe(goal: Goal, unit: Figure['unit']): string {
	const [sign, bound] = 'atMost' in goal ? ['≤', goal.atMost] : ['≥', goal.atLeast];
	return `${sign} ${goal.of === 'ratio' ? bound : withUnit(bound, unit)}`;
}

function spread(ratios: readonly number[]): string {
	const [middle, least, most] = [median(ratios), Math.min(...ratios), Math.max(...ratios)];
	const all = ratios.length > 1 ? ` (${least.toFixed(2)}–${most.toFixed(2)})` : '';
	return `${middle.toFixed(2)}${all}`;
}

/** Formats a value with three significant digits. */
function withUnit(value: number, unit: Figure['unit']): string {
	const digits = Math.max(0, Math.min(3, 2 - Math.floor(Math.log10(Math.abs(value) || 1))));
	const text = Number(value.toFixed(digits)).toLocaleString('en-US', { maximumFractionDigits: 3 });
	return unit === '' || unit === '/s' ? `${text}${unit}` : `${text} ${unit}`;
}
