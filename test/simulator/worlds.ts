import type { SimulatorClock } from './clock';
import { IdSource } from './ids';
import type { Mode } from './request';
import { StripeState } from './world';

/** All worlds. Test and live mode of every account and connected account are separate, as at Stripe. */
export class StripeStates {
	private readonly states = new Map<string, StripeState>();
	readonly ids = new IdSource();

	constructor(private readonly clock: SimulatorClock) {}

	of(account: string, mode: Mode): StripeState {
		const name = `${mode} ${account}`;
		const state = this.states.get(name) ?? new StripeState(account, mode, this.clock, this.ids);
		this.states.set(name, state);
		return state;
	}

	all(): StripeState[] {
		const states = [...this.states.values()];
		for (const state of states) state.rollForward();
		return states;
	}

	reset(): void {
		this.states.clear();
		this.ids.reset();
	}
}
