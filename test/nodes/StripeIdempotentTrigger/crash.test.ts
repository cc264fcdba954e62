import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { FakeClock } from '../../ledger/fakeClock';
import { buildEvent, signBody, TriggerFixture } from '../fixtures/triggerFixture';

const MINUTE = 60_000;

let fixture: TriggerFixture;
let time: FakeClock;
beforeEach(async () => {
	time = new FakeClock(Date.now());
	fixture = await TriggerFixture.open(time);
});
afterEach(() => fixture.close());

const signed = (body: string) => ({
	'stripe-signature': signBody(body, undefined, Date.now() - time.now()),
});
const deliver = (event: object, options = {}) => {
	const body = JSON.stringify(event);
	return fixture.deliverRaw(body, signed(body), options);
};

describe('n8n dies', () => {
	it('after the claim, before it has stored the run: the next delivery starts the workflow', async () => {
		const one = buildEvent();
		await deliver(one, { dies: true });
		time.advance(2 * MINUTE);
		expect((await deliver(one)).items).toHaveLength(1);
		expect((await deliver(one)).items).toBeUndefined();
	});

	it('and Stripe delivers again at once: it is told to retry later, and nothing is lost', async () => {
		const one = buildEvent();
		await deliver(one, { dies: true });
		expect(await deliver(one)).toMatchObject({ status: 503 });
		time.advance(2 * MINUTE);
		expect((await deliver(one)).items).toHaveLength(1);
	});

	it('after it has stored the run, before that starts: Stripe got no response, and delivers again', async () => {
		const one = buildEvent();
		const body = JSON.stringify(one);
		const { response, result } = await fixture.webhook(body, signed(body));
		await response.ended;
		expect(response.status).toBe(503);
		time.advance(2 * MINUTE);
		expect((await deliver(one)).items).toHaveLength(1);
		// The stored run is begun after all, by a worker or by a person: the workflow has had the event.
		expect(await fixture.run(result.workflowData![0]!)).toEqual([]);
	});

	it('after the run has started, before Stripe gets a response: the workflow has received it', async () => {
		const one = buildEvent();
		const body = JSON.stringify(one);
		const { result } = await fixture.webhook(body, signed(body));
		expect(await fixture.run(result.workflowData![0]!)).toHaveLength(1);
		expect(await deliver(one)).toEqual({
			status: 200,
			message: 'The workflow already received this event',
		});
	});
});

it('a run that starts late, long after its claim, starts the workflow once all the same', async () => {
	const one = buildEvent();
	const body = JSON.stringify(one);
	const first = await fixture.webhook(body, signed(body));
	time.advance(10 * MINUTE);
	expect(await fixture.run(first.result.workflowData![0]!)).toHaveLength(1);
});

it('of two stored runs of one event, whichever comes first, one starts the workflow', async () => {
	const one = buildEvent();
	const body = JSON.stringify(one);
	const first = await fixture.webhook(body, signed(body));
	time.advance(2 * MINUTE);
	const second = await fixture.webhook(body, signed(body));
	const startedRuns = [
		...(await fixture.run(first.result.workflowData![0]!)),
		...(await fixture.run(second.result.workflowData![0]!)),
	];
	expect(startedRuns).toHaveLength(1);
	expect(startedRuns[0]!.json).toEqual(one);
});

it('a run that a person retries passes on its event again', async () => {
	const one = buildEvent();
	const body = JSON.stringify(one);
	const { result } = await fixture.webhook(body, signed(body));
	const stored = result.workflowData![0]!;
	expect(await fixture.run(stored)).toHaveLength(1);
	expect(await fixture.run(stored, { mode: 'retry' })).toHaveLength(1);
});

describe('a ledger', () => {
	it('that is down makes Stripe deliver again', async () => {
		const one = buildEvent();
		const parameters = { ledgerFile: join(fixture.folder, 'file', 'ledger.sqlite') };
		writeFileSync(join(fixture.folder, 'file'), 'no folder');
		chmodSync(join(fixture.folder, 'file'), 0o400);
		const down = await deliver(one, { parameters });
		expect(down).toMatchObject({ status: 503, message: expect.stringContaining('ledger') as string });
		expect(down.items).toBeUndefined();
		expect((await deliver(one)).items).toHaveLength(1);
	});

	it('that the run does not share with the receiving process starts nothing, and reports it', async () => {
		const one = buildEvent();
		const body = JSON.stringify(one);
		const { response, result } = await fixture.webhook(body, signed(body));
		const parameters = { ledgerFile: join(fixture.folder, 'other.sqlite') };
		await expect(fixture.run(result.workflowData![0]!, { parameters })).rejects.toThrow(
			'does not have the event',
		);
		await response.ended;
		expect(response.status).toBe(503);
	});

	it('in static data works as well, in a single process', async () => {
		const parameters = { ledger: 'staticData' };
		const one = buildEvent();
		expect((await deliver(one, { parameters })).items).toHaveLength(1);
		expect(await deliver(one, { parameters })).toMatchObject({ status: 200 });
		expect(JSON.stringify(fixture.staticData)).toContain('"operation":"event"');
	});
});
