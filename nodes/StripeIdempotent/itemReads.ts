import type { TimeSource } from '../../ledger/clock';
import type { Question, ReadRequest } from '../../stripe/api/reads';
import { describeObjectState } from '../../stripe/objects/objectState';
import type { StripeObject } from '../../stripe/objects/stripeObject';
import { getObject } from '../shared/stripe/reads';

/** Reads objects for an item, each one once, so that everything derived from an object belongs to the same moment. */
export class ItemReads {
	private readonly read = new Map<string, Promise<StripeObject>>();

	constructor(
		private readonly request: ReadRequest,
		private readonly time: TimeSource,
	) {}

	/** @throws PreflightError if Stripe does not return it */
	readonly get = (question: Question, otherwise?: string): Promise<StripeObject> => {
		const name = JSON.stringify(question);
		const object = this.read.get(name) ?? getObject(this.request, question, this.time, otherwise);
		this.read.set(name, object);
		return object;
	};

	/** Describes the state of all objects that were read, as JSON in a fixed order. A missing object is null. */
	async describeStates(): Promise<unknown> {
		const states = await Promise.all(
			[...this.read].map(async ([name, object]) => {
				const state = await object.then((found) => describeAnswer(name, found), toNothing);
				return [name, state] as const;
			}),
		);
		return states.filter(([, state]) => !isList(state)).sort(([a], [b]) => (a < b ? -1 : 1));
	}

	forget(): void {
		this.read.clear();
	}
}

/** A calculated object, such as a preview, is a new one each time. */
function describeAnswer(question: string, object: StripeObject): Record<string, unknown> {
	const { id, created, ...state } = describeObjectState(object);
	return question.startsWith('"') ? { id, created, ...state } : state;
}

/** The result of a look-up is part of the request that is built from it. */
function isList(state: Record<string, unknown> | null): boolean {
	return state?.object === 'list' || state?.object === 'search_result';
}

function toNothing(): null {
	return null;
}
