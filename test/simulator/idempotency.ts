import type { SimulatorClock } from './clock';

/** Stripe's API reference, "Idempotent requests": keys can be removed once they are at least 24 hours old. */
const KEY_LIFE_MS = 24 * 60 * 60 * 1000;

/** The answer that a key returns on every repeat: the first answer, byte by byte. */
export interface RememberedAnswer {
	status: number;
	body: string;
}

/** Identifies a request for comparison under its key, and its caller. */
export interface KeyedRequest {
	/** The Request-Id. */
	id: string;
	/** Method and path. */
	endpoint: string;
	/** Canonical text of the parameters. */
	params: string;
}

export type KeyState =
	| { kind: 'fresh' }
	| { kind: 'running'; first: KeyedRequest }
	| { kind: 'otherRequest'; first: KeyedRequest }
	| { kind: 'answered'; first: KeyedRequest; answer: RememberedAnswer };

interface KeyEntry {
	request: KeyedRequest;
	since: number;
	answer?: RememberedAnswer;
}

/** The keys of one world (one account in one mode), with their requests and answers. */
export class KeyMemory {
	private readonly entries = new Map<string, KeyEntry>();

	constructor(private readonly clock: SimulatorClock) {}

	/** Checks in Stripe's order: first whether the key is in use, then whether the request is the same. */
	look(key: string, request: KeyedRequest): KeyState {
		this.prune();
		const entry = this.entries.get(key);
		if (entry === undefined) return { kind: 'fresh' };
		const first = entry.request;
		if (entry.answer === undefined) return { kind: 'running', first };
		if (first.endpoint !== request.endpoint || first.params !== request.params) {
			return { kind: 'otherRequest', first };
		}
		return { kind: 'answered', first, answer: entry.answer };
	}

	begin(key: string, request: KeyedRequest): void {
		this.entries.set(key, { request, since: this.clock.now() });
	}

	remember(key: string, answer: RememberedAnswer): void {
		const entry = this.entries.get(key);
		if (entry) entry.answer = answer;
	}

	/** Ends a run that leaves no trace: the key may be used again. */
	forget(key: string): void {
		this.entries.delete(key);
	}

	/** The map is in the order in which keys were first used, so the first unexpired key ends the search. */
	private prune(): void {
		const now = this.clock.now();
		for (const [key, entry] of this.entries) {
			if (now - entry.since < KEY_LIFE_MS) return;
			if (entry.answer !== undefined) this.entries.delete(key);
		}
	}
}
