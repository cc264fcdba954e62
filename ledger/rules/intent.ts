import type { Intent } from '../model/entry';
import type { Difference } from '../model/request';

/** What a request would move, read from the request itself and from the object that it acts on. Minor units. */
export type RequestedSpend = Omit<Intent, 'isMaximum' | 'purpose'> & {
	/** Whether the request named no amount, so that the one that was read is added to it: an attempt sends that at every repeat. */
	isFrozen?: true;
};

/** In what a request differs from what was reserved; names and values for a person, or for a model. */
export function diffFromIntent(intent: Intent, requestedSpend: RequestedSpend): Difference[] {
	const compare = (name: string, stored: string, requested: string): Difference[] =>
		stored === requested ? [] : [{ name, stored, requested }];
	const { amount, isMaximum } = intent;
	const isWithinAmount = isMaximum
		? requestedSpend.amount > 0 && requestedSpend.amount <= amount
		: requestedSpend.amount === amount;
	// Whoever is charged must be named; what is acted on names its customer by itself.
	const customers =
		intent.customer === undefined && intent.object !== undefined
			? []
			: compare('customer', intent.customer ?? '(none)', requestedSpend.customer ?? '(none)');
	return [
		...compare('operation', intent.operation, requestedSpend.operation),
		...(isWithinAmount
			? []
			: [
					{
						name: 'amount',
						stored: `${isMaximum ? 'at most ' : ''}${amount}`,
						requested: String(requestedSpend.amount),
					},
				]),
		...compare('currency', intent.currency, requestedSpend.currency),
		...customers,
		...compare('object', intent.object ?? '(none)', requestedSpend.object ?? '(none)'),
	];
}

/** In what a reservation that is asked for differs from the one that stands; the purpose is words, and never compared. */
export function diffIntents(before: Intent, after: Intent): Difference[] {
	const describe = ({ operation, amount, isMaximum, currency, customer, object }: Intent) => ({
		operation,
		amount: `${isMaximum ? 'at most ' : ''}${amount}`,
		currency,
		customer: customer ?? '(none)',
		object: object ?? '(none)',
	});
	const [stored, asked] = [describe(before), describe(after)];
	const names = Object.keys(stored) as (keyof typeof stored)[];
	return names.flatMap((name) =>
		stored[name] === asked[name] ? [] : [{ name, stored: stored[name], requested: asked[name] }],
	);
}
