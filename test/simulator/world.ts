import type Stripe from 'stripe';

import type { SimulatorClock } from './clock';
import { ObjectStore } from './collection';
import type { IdSource } from './ids';
import { KeyMemory } from './idempotency';
import type { Charge, Customer, PaymentIntent, Refund, SimulatedEvent, SimulatedObject } from './objects';
import type { Invoice, InvoiceItem, InvoiceLine, InvoicePayment, Subscription } from './objects';
import type { Mode } from './request';
import type { Shown } from './sdkTypes';

/** The request that caused a change; both null if Stripe itself did. */
export interface Cause {
	requestId: string | null;
	key: string | null;
}

/** Sent with every answer unless the request specifies another version. */
export const SIMULATED_API_VERSION = '2026-10-28.endive';

interface PendingWork {
	dueAt: number;
	run: () => void;
}

/** One account in one mode: its objects, events and keys. No other world can see them. */
export class StripeState {
	readonly paymentIntents: ObjectStore<PaymentIntent>;
	readonly charges: ObjectStore<Charge>;
	readonly refunds: ObjectStore<Refund>;
	readonly customers: ObjectStore<Customer>;
	readonly subscriptions: ObjectStore<Subscription>;
	readonly invoices: ObjectStore<Invoice>;
	readonly invoiceItems: ObjectStore<InvoiceItem>;
	readonly invoiceLines: ObjectStore<InvoiceLine>;
	readonly invoicePayments: ObjectStore<InvoicePayment>;
	readonly events: ObjectStore<SimulatedEvent>;
	readonly keys: KeyMemory;
	private readonly others = new Map<string, ObjectStore>();
	private pending: PendingWork[] = [];

	constructor(
		readonly account: string,
		readonly mode: Mode,
		private readonly clock: SimulatorClock,
		private readonly ids: IdSource,
	) {
		this.paymentIntents = new ObjectStore<PaymentIntent>(clock);
		this.charges = new ObjectStore<Charge>(clock);
		this.refunds = new ObjectStore<Refund>(clock);
		this.customers = new ObjectStore<Customer>(clock);
		this.subscriptions = new ObjectStore<Subscription>(clock);
		this.invoices = new ObjectStore<Invoice>(clock);
		this.invoiceItems = new ObjectStore<InvoiceItem>(clock);
		this.invoiceLines = new ObjectStore<InvoiceLine>(clock);
		this.invoicePayments = new ObjectStore<InvoicePayment>(clock);
		this.events = new ObjectStore<SimulatedEvent>(clock);
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

	/** Objects of any other kind, by collection name. */
	other<T extends SimulatedObject = SimulatedObject>(name: string): ObjectStore<T> {
		const existing = this.others.get(name) ?? new ObjectStore(this.clock);
		this.others.set(name, existing);
		return existing as unknown as ObjectStore<T>;
	}

	/** An object of any other kind, by its id alone. */
	findOther(id: string): SimulatedObject | undefined {
		for (const store of this.others.values()) {
			const object = store.find(id);
			if (object !== undefined) return object;
		}
		return undefined;
	}

	/** Records a change of state as an event that contains the current object. */
	record(type: string, object: SimulatedObject, cause: Cause): void {
		const event = {
			id: this.newId('evt'),
			object: 'event',
			api_version: SIMULATED_API_VERSION,
			created: this.seconds(),
			data: { object: structuredClone(object) },
			livemode: this.livemode,
			pending_webhooks: 0,
			request: { id: cause.requestId, idempotency_key: cause.key },
			type,
		} satisfies Shown<Stripe.EventBase, SimulatedEvent>;
		this.events.save(event);
	}

	/** Schedules work that Stripe completes itself later ("Advanced error handling": rolled forward). */
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
