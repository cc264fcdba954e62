import { Ledger } from '../../ledger/ledger';
import { NodeFixture, ONE_HOUR_MS } from '../nodes/fixtures/nodeFixture';
import { BILL, BillFixture, TOTAL } from '../nodes/StripeIdempotent/bill/billFixture';
import { describeEachBackend } from './ledgerBackends';
import { openStore } from './ledgerLocation';
import { NodeWorker } from './nodeProcess';
import { buildJob, useLedgerAt } from './nodeUsing';
import { PATIENCE_MS, repeat, report, shareRows } from './soak';
import { WarmWorkerPool } from './warmWorkerPool';

/** The bill itself and its four steps. */
const CLAIMS = 5;
const STEPS = 4;
const POINTS = Object.entries({
	claiming: CLAIMS,
	claimed: CLAIMS,
	sending: STEPS,
	answered: STEPS,
	settling: CLAIMS,
	settled: CLAIMS,
	leaving: 1,
	extending: STEPS - 1,
	extended: STEPS - 1,
}).flatMap(([point, times]) => Array.from({ length: times }, (_, before) => ({ point, nth: before + 1 })));

/** The short form kills once after each step was written, once before, and once between two steps. */
const SHORT = POINTS.filter(({ point }) => ['settled', 'claiming', 'extended'].includes(point));

const LEDGERS = ['Local File', 'Postgres', 'Redis'] as const;

const workers = new WarmWorkerPool(() => NodeWorker.start());
afterAll(() => workers.stop());

let fixture: NodeFixture;
beforeEach(async () => {
	workers.begin();
	fixture = await NodeFixture.start();
});
afterEach(() => fixture.stop());

describeEachBackend(LEDGERS, (backend, name) => {
	const tally = { kills: 0, invoices: 0, lines: 0, payments: 0 };
	afterAll(() => report(`bills of killed workers, ${name}`, tally));

	it.each(shareRows(LEDGERS, name, repeat(0, 1) ? POINTS : SHORT))(
		'a worker killed at $point, time $nth, and run again creates one invoice with each line once, and charges it once',
		async (dieAt) => {
			const bills = new BillFixture(fixture);
			const bill = await bills.newBill();
			const location = backend().newLocation();
			const options = { waitForBusySeconds: 0 };
			const how = useLedgerAt(fixture, location, { options, parameters: BILL });
			const worker = await workers.take();
			workers.begin();
			await worker.do({ ...buildJob(fixture, how, [bill]), dieAt });
			expect(await worker.ended).toBe('SIGKILL');

			// Right after the kill the claims are still held; an hour later they have expired.
			await fixture.run([bill], how);
			fixture.time.advance(ONE_HOUR_MS);
			const { success } = await fixture.run([bill], how);
			expect(success).toMatchObject([{ json: { status: 'paid', total: TOTAL } }]);
			const invoice = await bills.invoiceOf(bill);
			const { data: lines } = await bills.api.invoices.listLineItems(invoice.id);
			const payments = await bills.paymentsOf(bill);
			expect([lines.length, payments]).toEqual([bill.lines.length, 1]);
			tally.kills++;
			tally.invoices++;
			tally.lines += lines.length;
			tally.payments += payments;
			const store = openStore(location);
			const entries = await new Ledger(store, fixture.time).list({ limit: 1_000 });
			await store.close();
			expect(entries.map(({ state, attempt }) => [state, attempt])).toEqual(
				Array.from({ length: CLAIMS }, () => ['succeeded', 1]),
			);
		},
		PATIENCE_MS,
	);
});
