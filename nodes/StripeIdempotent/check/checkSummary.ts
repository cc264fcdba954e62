import type { IDataObject } from 'n8n-workflow';

import { formatAmount } from '../../../stripe/objects/money';
import type { Sum } from '../output/summary';
import { addUp } from '../output/summary';
import type { CheckAnswer, CheckedItem } from './checkItem';

const GROUPS: Readonly<Record<CheckAnswer, string>> = {
	new: 'new',
	doneBefore: 'completed before',
	conflict: 'in conflict',
	refused: 'refused',
	busy: 'busy',
	unknown: 'unknown',
	twin: 'twins',
};

/**
 * Summarizes a check for the person who approves it: the number and the money of each answer, as text and as data. A duplicate
 * item has no money of its own.
 */
export function summarizeChecks(checked: readonly CheckedItem[]): IDataObject & { summary: string } {
	const byAnswer = Map.groupBy(checked, ({ answer }) => answer);
	const names = Object.keys(GROUPS) as CheckAnswer[];
	const groups = names.map((name) => {
		const group = byAnswer.get(name) ?? [];
		const amounts = name === 'twin' ? [] : group.flatMap(({ amount }) => amount ?? []);
		const withoutAmount = name === 'twin' ? 0 : group.length - amounts.length;
		return [name, { items: group.length, money: addUp(amounts), withoutAmount }] as const;
	});
	return {
		summary: describe(checked.length, groups),
		items: checked.length,
		...(Object.fromEntries(groups) as unknown as IDataObject),
	};
}

type Group = readonly [CheckAnswer, { items: number; money: Sum[]; withoutAmount: number }];

function describe(total: number, groups: readonly Group[]): string {
	const parts = groups
		.filter(([, { items }]) => items > 0)
		.map(([name, { items, money, withoutAmount }]) => {
			const sums = money.map(({ amountMinor, currency }) =>
				formatAmount(String(amountMinor), currency),
			);
			const open =
				withoutAmount > 0 && name !== 'refused' ? [`${withoutAmount} without an amount`] : [];
			const inside = [...sums, ...open].join(', ');
			const group = name === 'twin' && items === 1 ? 'twin' : GROUPS[name];
			return `${items} ${group}${inside ? ` (${inside})` : ''}`;
		});
	return `${total === 1 ? '1 item' : `${total} items`}: ${parts.join(', ')}. Nothing was sent.`;
}
