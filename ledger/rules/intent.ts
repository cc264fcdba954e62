import type { Intent } from '../model/entry';
import type { Difference } from '../model/request';

/** What a request would move, read from the request itself and from the object that it acts on. Minor units. */
export type Spending = Omit<Intent, 'isMaximum' | 'purpose'> & {
	/** Whether the request named no amount, so that the one that was read is added to it: an attempt sends that at every repeat. */
	isFrozen?: true;
};

/** In what a request differs from what was reserved; names and values for a person, or for a model. */
export function notAsReserved(intent: Intent, spending: Spending): Difference[] {
	const named = (name: string, stored: string, asked: string): Difference[] =>
		stored === asked ? [] : [{ name, stored, asked }];
	const { amount, isMaximum } = intent;
	const fits = isMaximum ? spending.amount > 0 && spending.amount <= amount : spending.amount === amount;
	// Whoever is charged must be named; what is acted on names its customer by itself.
	const customers =
		intent.customer === undefined && intent.object !== undefined
			? []
			: named('customer', intent.customer ?? '(none)', spending.customer ?? '(none)');
	return [
		...named('operation', intent.operation, spending.operation),
		...(fits
			? []
			: [
					{
						name: 'amount',
						stored: `${isMaximum ? 'at most ' : ''}${amount}`,
						asked: String(spending.amount),
					},
				]),
		...named('currency', intent.currency, spending.currency),
		...customers,
		...named('object', intent.object ?? '(none)', spending.object ?? '(none)'),
	];
}

/** In what a reservation that is asked for differs from the one that stands; the purpose is words, and never compared. */
export function changesOf(before: Intent, after: Intent): Difference[] {
	const words = ({ operation, amount, isMaximum, currency, customer, object }: Intent) => ({
		operation,
		amount: `${isMaximum ? 'at most ' : ''}${amount}`,
		currency,
		customer: customer ?? '(none)',
		object: object ?? '(none)',
	});
	const [stored, asked] = [words(before), words(after)];
	const names = Object.keys(stored) as (keyof typeof stored)[];
	return names.flatMap((name) =>
		stored[name] === asked[name] ? [] : [{ name, stored: stored[name], asked: asked[name] }],
	);
}
