import type Stripe from 'stripe';

import type { Clock } from './clock';
import { Collection } from './collection';
import type { IdSource } from './ids';
import { KeyMemory } from './idempotency';
import type { Charge, Customer, PaymentIntent, Refund, StripeEvent, StripeObject } from './objects';
import type { Mode } from './request';
import type { Shown } from './sdkTypes';

/** Which request caused a change; both null when Stripe itself did. */
export interface Cause {
	requestId: string | null;
	key: string | null;
}

/** Sent with every answer unless the request asks for another version. */
export const DEFAULT_API_VERSION = '2026-10-28.endive';

interface PendingWork {
	dueAt: number;
	run: () => void;
}

/** One account in one mode: its objects, events and keys. Nothing in it is visible from another world. */
export class World {
	readonly paymentIntents: Collection<PaymentIntent>;
	readonly charges: Collection<Charge>;
	readonly refunds: Collection<Refund>;
	readonly customers: Collection<Customer>;
	readonly events: Collection<StripeEvent>;
	readonly keys: KeyMemory;
	private readonly others = new Map<string, Collection>();
	private pending: PendingWork[] = [];

	constructor(
		readonly account: string,
		readonly mode: Mode,
		private readonly clock: Clock,
		private readonly ids: IdSource,
	) {
		this.paymentIntents = new Collection<PaymentIntent>(clock);
		this.charges = new Collection<Charge>(clock);
		this.refunds = new Collection<Refund>(clock);
		this.customers = new Collection<Customer>(clock);
		this.events = new Collection<StripeEvent>(clock);
		this.keys = new KeyMemory(clock);
	}

	get livemode(): boolean {
		return this.mode === 'live';
	}

	/** Seconds since the epoch, as in every `created`. */
	seconds(): number {
		return Math.floor(this.clock.now() / 1000);
	}

	newId(prefix: string): string {
		return this.ids.next(prefix);
	}

	/** Objects of a kind the simulator knows nothing about, by the name of their collection. */
	other(name: string): Collection {
		const standing = this.others.get(name) ?? new Collection(this.clock);
		this.others.set(name, standing);
		return standing;
	}

	/** Records a state change as an event that carries the object as it is now. */
	record(type: string, object: StripeObject, cause: Cause): void {
		const event = {
			id: this.newId('evt'),
			object: 'event',
			api_version: DEFAULT_API_VERSION,
			created: this.seconds(),
			data: { object: structuredClone(object) },
			livemode: this.livemode,
			pending_webhooks: 0,
			request: { id: cause.requestId, idempotency_key: cause.key },
			type,
		} satisfies Shown<Stripe.EventBase> & StripeEvent;
		this.events.save(event);
	}

	/** Work that Stripe finishes by itself later ("Advanced error handling": rolled forward). */
	later(delayMs: number, run: () => void): void {
		this.pending.push({ dueAt: this.clock.now() + delayMs, run });
	}

	rollForward(): void {
		const now = this.clock.now();
		const due = this.pending.filter((work) => work.dueAt <= now);
		this.pending = this.pending.filter((work) => work.dueAt > now);
		for (const work of due) work.run();
	}
}
