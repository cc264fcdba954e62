import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type Stripe from 'stripe';

import type { AgentStyle } from '../engine';
import type { RegistryOutputItem } from '../nodes/fixtures/registryFixture';
import { RegistryFixture, RESERVE } from '../nodes/fixtures/registryFixture';
import { SECRET_KEY, STRIPE_NODE } from '../nodes/fixtures/ordersFixture';
import { stripeAt } from '../simulator/client';
import type { Guard } from './guards';

/** Something that must not come through. */
export interface Try {
	name: string;
	/** What stands in its way. */
	guards: readonly Guard[];
	/** @returns whether it came through */
	attempt: (attack: AttackFixture) => Promise<boolean>;
}

/** The two nodes, a Stripe and a ledger of one try's own. */
export class AttackFixture {
	private constructor(
		readonly registry: RegistryFixture,
		readonly stripe: Stripe,
	) {}

	static async open(): Promise<AttackFixture> {
		const registry = await RegistryFixture.open();
		return new AttackFixture(registry, stripeAt(registry.fixture.stripe, SECRET_KEY));
	}

	close(): Promise<void> {
		return this.registry.close();
	}

	/** A token for 10.00 EUR, unless something else is given. */
	async reserve(parameters: INodeParameters = {}, item: IDataObject = {}): Promise<RegistryOutputItem> {
		const usual = {
			...RESERVE,
			amount: 1000,
			amountUnit: 'minor',
			customer: '',
			session: '',
			purpose: 'x',
		};
		const own = { currency: 'EUR', agent: 'shop', keySource: 'custom', customKey: '1', ...parameters };
		return (await this.registry.one({ ...usual, ...own }, item)).json;
	}

	/** @returns whether Stripe has got anything that would move money */
	async sends(
		parameters: INodeParameters,
		item: IDataObject = {},
		credential: IDataObject = {},
	): Promise<boolean> {
		const before = this.registry.fixture.stripe.sends().length;
		await this.registry.run(parameters, [item], { type: STRIPE_NODE, credential });
		return this.registry.fixture.stripe.sends().length > before;
	}

	/** @returns whether Stripe has been asked or told anything at all */
	async reaches(parameters: INodeParameters, credential: IDataObject = {}): Promise<boolean> {
		const before = this.registry.fixture.stripe.requests.length;
		await this.registry.run(parameters, [{}], { type: STRIPE_NODE, credential });
		return this.registry.fixture.stripe.requests.length > before;
	}

	/** What a model is answered that calls the registry as a tool. */
	async callAsTool(
		parameters: INodeParameters,
		args: IDataObject,
		agent: AgentStyle,
	): Promise<IDataObject> {
		const [answer] = await this.registry.asTool(parameters, [args], { agent });
		return answer!;
	}
}
