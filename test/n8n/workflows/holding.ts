import { until } from '../../servers/until';
import type { StripeSimulator } from '../../simulator/simulator';
import { countChargesOf, sendsOf } from './figures';
import type { ShopOrder } from './nodes';

/** Holds every answer to an order: the money moves, and who asked for it does not hear of that before it is let go. */
export class Hold {
	private letGo = () => {};
	private readonly held = new Promise<void>((resolve) => (this.letGo = resolve));
	private readonly stopListening: () => void;

	constructor(
		private readonly simulator: StripeSimulator,
		private readonly order: ShopOrder,
	) {
		this.stopListening = simulator.onPoint(({ name, request }) =>
			name === 'executed' && sendsOf(simulator, order).includes(request) ? this.held : undefined,
		);
	}

	/** Waits until the money has moved. */
	async charged(): Promise<void> {
		await until('the charge', () => countChargesOf(this.simulator, this.order) > 0);
	}

	end(): void {
		this.stopListening();
		this.letGo();
	}
}
