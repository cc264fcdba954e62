import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type Stripe from 'stripe';

import type { Entry } from '../../../../ledger/model/entry';
import { stripeAt } from '../../../simulator/client';
import type { RunSetup } from '../../fixtures/nodeFixture';
import { NodeFixture } from '../../fixtures/nodeFixture';
import { toLocator } from '../../fixtures/ordersFixture';

export interface PlanChange extends IDataObject {
	order: string;
	subscription: string;
	price: string;
}

const fromItem = (field: string) => ({ ...toLocator('id', ''), value: `={{ $json.${field} }}` });

/** What a change at the end of the period is asked for, of the subscription and with the price of the item. */
const CHANGE: INodeParameters = {
	resource: 'subscription',
	operation: 'changePlan',
	amount: '',
	paymentMethod: '',
	simplify: false,
	subscription: fromItem('subscription'),
	price: fromItem('price'),
	changeWhen: 'periodEnd',
	keyFields: { field: [{ path: 'order', treatAs: 'text' }] },
};

/** One Stripe, one ledger, subscriptions to a small plan, and the node that changes them to a large one. */
export class PlanChangeFixture {
	private last = 0;
	readonly api: Stripe;
	small = '';
	large = '';

	private constructor(readonly fixture: NodeFixture) {
		this.api = stripeAt(fixture.stripe, 'sk_test_operations');
	}

	static async open(fixture?: NodeFixture): Promise<PlanChangeFixture> {
		const changes = new PlanChangeFixture(fixture ?? (await NodeFixture.start()));
		changes.small = await changes.price(500);
		changes.large = await changes.price(9900);
		return changes;
	}

	async price(amount: number): Promise<string> {
		const { id } = await this.api.prices.create({
			currency: 'eur',
			unit_amount: amount,
			recurring: { interval: 'month' },
			product_data: { name: `Plan ${amount}` },
		});
		return id;
	}

	close(): Promise<void> {
		return this.fixture.stop();
	}

	/** A change that nobody has asked for yet, of a subscription of its own with 25 seats. */
	async newChange(more: Partial<Stripe.SubscriptionCreateParams> = {}): Promise<PlanChange> {
		const customer = await this.api.customers.create({
			payment_method: 'pm_card_visa',
			invoice_settings: { default_payment_method: 'pm_card_visa' },
		});
		const { id } = await this.api.subscriptions.create({
			customer: customer.id,
			items: [{ price: this.small, quantity: 25 }],
			...more,
		});
		return { order: `change ${(this.last += 1)}`, subscription: id, price: this.large };
	}

	async run(change: PlanChange, parameters: INodeParameters = {}, setup: RunSetup = {}) {
		const run = await this.fixture.run([change], {
			...setup,
			parameters: { ...CHANGE, ...parameters, ...setup.parameters },
		});
		const [done] = run.success;
		const [failed] = [...run.fix, ...run.retry];
		return { ...run, done: done?.json, failed: failed?.json, error: failed?.json.error };
	}

	/** What Stripe shows of its schedule. */
	async scheduleOf({ subscription }: PlanChange): Promise<Stripe.SubscriptionSchedule | undefined> {
		const { schedule } = await this.api.subscriptions.retrieve(subscription);
		return schedule === null ? undefined : this.api.subscriptionSchedules.retrieve(schedule as string);
	}

	/** All schedules that were ever made of its subscription. */
	async countSchedules({ subscription }: PlanChange): Promise<number> {
		const { data } = await this.api.subscriptionSchedules.list({ limit: 100 });
		const isOwn = (one: Stripe.SubscriptionSchedule) =>
			[one.subscription, one.released_subscription].includes(subscription);
		return data.filter(isOwn).length;
	}

	sent(): string[] {
		return this.fixture.stripe.requests
			.filter(({ method }) => method !== 'GET')
			.map(({ method, path }) => `${method} ${path.replace(/sub_sched_\w+/, ':id')}`);
	}

	async entries(): Promise<Entry[]> {
		return this.fixture.entries();
	}
}
