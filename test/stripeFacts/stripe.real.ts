import { describeFacts } from './facts';
import { testKeyIn } from './testKey';

const key = testKeyIn(process.env);
const secretKey = key.kind === 'run' ? key.secretKey : '';

(key.kind === 'run' ? describe : describe.skip)('Stripe itself', () =>
	describeFacts(() => ({ url: 'https://api.stripe.com', secretKey })),
);
