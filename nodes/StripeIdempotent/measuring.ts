import type { Params } from '../../ledger/model/request';
import { sentParamsOf } from '../../ledger/model/request';
import type { ClaimRequest } from '../../ledger/rules/claimRequest';
import type { MeasuredOperation } from '../../payments/expectedSpend';
import { measureSpend } from '../../payments/expectedSpend';
import type { Question, ReadRequest } from '../../stripe/api/reads';
import type { StripeObject } from '../../stripe/objects/stripeObject';
import { getObject } from '../shared/stripe/reads';
import type { TimeSource } from '../../ledger/clock';
import type { Cap } from './cap';

/** Reads objects for an item, each once, so that all that follows from one is of one moment. */
export class ItemReads {
	private readonly read = new Map<string, Promise<StripeObject>>();

	constructor(
		private readonly request: ReadRequest,
		private readonly time: TimeSource,
	) {}

	/** @throws PreflightError where Stripe does not give it */
	readonly get = (question: Question, otherwise?: string): Promise<StripeObject> => {
		const name = JSON.stringify(question);
		const object = this.read.get(name) ?? getObject(this.request, question, this.time, otherwise);
		this.read.set(name, object);
		return object;
	};

	forget(): void {
		this.read.clear();
	}
}

type Additions = Pick<ClaimRequest, 'addParams' | 'readFirst' | 'comparedParams'>;

/** Before each new attempt Stripe is asked what it would move: that is frozen with whatever the attempt adds. */
export function addMeasuring(
	additions: Additions,
	{ operation, own, ...request }: { operation: MeasuredOperation; path: string; params: Params; own?: Cap },
	reads: ItemReads,
	clock: TimeSource,
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
			const asked = { ...request, params: sent, now: clock.now() };
			const { expectation, frozen } = await measureSpend(operation, asked, reads.get);
			const addParams = (entryId: string) =>
				sentParamsOf({ params: addOwn?.(entryId) ?? {}, added: frozen });
			const atMost = own?.get(expectation.spend.currency);
			return {
				addParams,
				expectation: { ...expectation, ...(atMost === undefined ? {} : { atMost: Number(atMost) }) },
			};
		},
	};
}
