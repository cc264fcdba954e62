import type { Intent } from '../model/entry';
import type { Difference } from '../model/request';

/** What a request would move, read from its parameters and from the object it acts on. Amounts are in minor units. */
export type RequestedSpend = Omit<Intent, 'isMaximum' | 'purpose'> & {
	/** The request named no amount, so the amount that was read is added to it. Every repeat of the attempt sends that amount. */
	isFrozen?: true;
};

/** Compares a request with what was reserved. Names and values are meant for a person or a model. */
export function diffFromIntent(intent: Intent, requestedSpend: RequestedSpend): Difference[] {
	const compare = (name: string, stored: string, requested: string): Difference[] =>
		stored === requested ? [] : [{ name, stored, requested }];
	const { amount, isMaximum } = intent;
	const isWithinAmount = isMaximum
		? requestedSpend.amount > 0 && requestedSpend.amount <= amount
		: requestedSpend.amount === amount;
	// A charge has to name its customer. The object of an action implies the customer.
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

/** Compares a requested reservation with the existing one. The purpose is free text and is never compared. */
export function diffIntents(before: Intent, after: Intent): Difference[] {
	const describe = ({ operation, amount, isMaximum, currency, customer, object }: Intent) => ({
		operation,
		amount: `${isMaximum ? 'at most ' : ''}${amount}`,
		currency,
		customer: customer ?? '(none)',
		object: object ?? '(none)',
	});
	const [stored, requested] = [describe(before), describe(after)];
	const names = Object.keys(stored) as (keyof typeof stored)[];
	return names.flatMap((name) =>
		stored[name] === requested[name] ? [] : [{ name, stored: stored[name], requested: requested[name] }],
	);
}
