import type { Ledger } from '../../ledger/ledger';
import type { InFlightEntry } from '../../ledger/model/entry';
import type { StepContext } from '../../payments/executeStep';
import { ClaimEndsError, executeStep } from '../../payments/executeStep';
import { leaseDurationMs } from '../../stripe/api/retry';

const NOW = Date.UTC(2026, 10, 24);
const POLICY = { timeoutMs: 20_000, maxRetries: 2 };
const STEP = { operation: 'invoice.create', path: '/v1/invoices', params: { customer: 'cus_1' } };

const billUntil = (leaseUntil: number) =>
	({
		operation: 'invoice.billCustomer',
		mode: 'test',
		account: 'acct_1',
		key: `n8n_v1_${'a'.repeat(43)}`,
		origin: {},
		paramsStored: true,
		request: {},
		leaseUntil,
	}) as unknown as InFlightEntry;

/** A ledger that only asks whether a claim may be written now. */
const ledger = {
	claim: async (...[, , , admission]: Parameters<Ledger['claim']>) => {
		await admission!.enter();
		throw new RangeError('It would be claimed');
	},
} as unknown as Ledger;

const execute = (leaseUntil: number) =>
	executeStep(billUntil(leaseUntil), STEP, {
		ledger,
		attempt: { ...POLICY, connection: { clock: { ascertain: async () => NOW } } },
		rules: { retentionMs: 1, afterRejection: 'returnStored' },
		waitForBusyMs: 0,
		newClaimId: () => 'claim',
	} as unknown as StepContext);

it('a step is claimed only if the claim of its bill outlasts it', async () => {
	const step = leaseDurationMs(POLICY);
	await expect(execute(NOW + step)).rejects.toThrow('It would be claimed');
	await expect(execute(NOW + step - 1)).rejects.toThrow(ClaimEndsError);
});
