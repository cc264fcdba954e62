import { StripeSimulator } from '../simulator/simulator';
import { describeFacts } from './facts';

let simulator: StripeSimulator;
beforeAll(async () => {
	simulator = await StripeSimulator.start();
});
afterAll(() => simulator.stop());

/** The same is asked of Stripe itself by `npm run test:stripe`. */
describe('the simulator', () => describeFacts(() => ({ url: simulator.url, secretKey: 'sk_test_facts' })));
