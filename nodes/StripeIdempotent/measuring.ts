import type { Params } from '../../ledger/model/request';
import { sentParamsOf } from '../../ledger/model/request';
import type { MeasuredOperation } from '../../payments/expectedSpend';
import { measureSpend } from '../../payments/expectedSpend';
import type { Additions } from './additions';
import type { Caps } from './cap';
import type { ItemReads } from './itemReads';

/**
 * Before each new attempt Stripe is asked what it would move: that is frozen with whatever the attempt adds.
 *
 * @param now ms: the moment for which it is worked out
 */
export function addMeasuring(
	additions: Additions,
	{
		operation,
		caps,
		...request
	}: { operation: MeasuredOperation; path: string; params: Params; caps: Caps },
	reads: ItemReads,
	now: () => number,
): Additions {
	const { params } = request;
	return {
		...additions,
		readFirst: async (current) => {
			reads.forget();
			const first = await additions.readFirst?.(current);
			const addOwn = first?.addParams ?? additions.addParams;
			// Which entry it is for changes no amount.
			const sent = sentParamsOf({ params, added: addOwn?.('') });
			const asked = { ...request, params: sent, now: now() };
			const { expectation, frozen } = await measureSpend(operation, asked, reads.get);
			const addParams = (entryId: string) =>
				sentParamsOf({ params: addOwn?.(entryId) ?? {}, added: frozen });
			const { spend } = expectation;
			const atMost = caps.own?.get(spend.currency);
			return {
				addParams,
				expectation: {
					...expectation,
					...(atMost === undefined ? {} : { atMost: Number(atMost) }),
				},
			};
		},
	};
}
