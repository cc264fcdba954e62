import type { RealN8nOptions } from './realN8n';
import { RealN8n } from './realN8n';

/** ms. n8n starts in ten seconds, and its workers take five more; a busy machine takes minutes. */
const START_PATIENCE = 600_000;

/** ms for one test. */
const PATIENCE = 180_000;

/** Starts a real n8n for the tests of this `describe`, with a longer time limit. */
export function useRealN8n(options: RealN8nOptions = {}): () => RealN8n {
	let n8n: RealN8n | undefined;
	jest.setTimeout(PATIENCE);
	beforeAll(async () => {
		n8n = await RealN8n.start(options);
	}, START_PATIENCE);
	afterAll(() => n8n?.stop());
	return () => {
		if (!n8n) throw new Error('n8n has not started');
		return n8n;
	};
}
