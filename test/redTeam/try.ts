import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type Stripe from 'stripe';

import type { AgentStyle } from '../engine';
import type { Left } from '../nodes/registryNode';
import { Desk, RESERVE } from '../nodes/registryNode';
import { SECRET_KEY, STRIPE_NODE } from '../nodes/stripeNode';
import { stripeAt } from '../simulator/client';
import type { Guard } from './guards';

/** Something that must not come through. */
export interface Try {
	name: string;
	/** What stands in its way. */
	guards: readonly Guard[];
	/** @returns whether it came through */
	attempt: (scene: Scene) => Promise<boolean>;
}

/** The two nodes, a Stripe and a ledger of one try's own. */
export class Scene {
	private constructor(
		readonly desk: Desk,
		readonly stripe: Stripe,
	) {}

	static async open(): Promise<Scene> {
		const desk = await Desk.open();
		return new Scene(desk, stripeAt(desk.setting.stripe, SECRET_KEY));
	}

	close(): Promise<void> {
		return this.desk.close();
	}

	/** A token for 10.00 EUR, unless something else is given. */
	async reserved(parameters: INodeParameters = {}, item: IDataObject = {}): Promise<Left> {
		const usual = {
			...RESERVE,
			amount: 1000,
			amountUnit: 'minor',
			customer: '',
			session: '',
			purpose: 'x',
		};
		const own = { currency: 'EUR', agent: 'shop', keySource: 'custom', customKey: '1', ...parameters };
		return (await this.desk.one({ ...usual, ...own }, item)).json;
	}

	/** @returns whether Stripe has got anything that would move money */
	async sends(
		parameters: INodeParameters,
		item: IDataObject = {},
		credential: IDataObject = {},
	): Promise<boolean> {
		const before = this.desk.setting.stripe.sends().length;
		await this.desk.run(parameters, [item], { type: STRIPE_NODE, credential });
		return this.desk.setting.stripe.sends().length > before;
	}

	/** @returns whether Stripe has been asked or told anything at all */
	async reaches(parameters: INodeParameters, credential: IDataObject = {}): Promise<boolean> {
		const before = this.desk.setting.stripe.requests.length;
		await this.desk.run(parameters, [{}], { type: STRIPE_NODE, credential });
		return this.desk.setting.stripe.requests.length > before;
	}

	/** What a model is answered that calls the registry as a tool. */
	async told(parameters: INodeParameters, args: IDataObject, agent: AgentStyle): Promise<IDataObject> {
		const [answer] = await this.desk.asTool(parameters, [args], { agent });
		return answer!;
	}
}
