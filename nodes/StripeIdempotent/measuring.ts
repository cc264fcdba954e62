import type { Params } from '../../ledger/model/request';
import { sentParamsOf } from '../../ledger/model/request';
import type { MeasuredOperation } from '../../payments/expectedSpend';
import { measureSpend } from '../../payments/expectedSpend';
import type { Question, ReadRequest } from '../../stripe/api/reads';
import { describeObjectState } from '../../stripe/objects/objectState';
import type { StripeObject } from '../../stripe/objects/stripeObject';
import { getObject } from '../shared/stripe/reads';
import type { TimeSource } from '../../ledger/clock';
import type { Additions } from './additions';
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

	/** How all that was read stands; what is not there is nothing. JSON, in an order that stays the same. */
	async describeStates(): Promise<unknown> {
		const states = [...this.read].map(async ([name, object]) => [
			name,
			await object.then((found) => describeAnswer(name, found), toNothing),
		]);
		return (await Promise.all(states)).sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
	}

	forget(): void {
		this.read.clear();
	}
}

/** What Stripe works out is a new object each time. */
function describeAnswer(question: string, object: StripeObject): unknown {
	const { id, created, ...state } = describeObjectState(object);
	return question.startsWith('"') ? { id, created, ...state } : state;
}

function toNothing(): null {
	return null;
}

/**
 * Before each new attempt Stripe is asked what it would move: that is frozen with whatever the attempt adds.
 *
 * @param now ms: the moment for which it is worked out
 */
export function addMeasuring(
	additions: Additions,
	{ operation, own, ...request }: { operation: MeasuredOperation; path: string; params: Params; own?: Cap },
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
			const atMost = own?.get(expectation.spend.currency);
			return {
				addParams,
				expectation: { ...expectation, ...(atMost === undefined ? {} : { atMost: Number(atMost) }) },
			};
		},
	};
}
