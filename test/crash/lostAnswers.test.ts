import { Ledger } from '../../ledger/ledger';
import { systemTime } from '../../ledger/clock';
import { asking, RETENTION, told } from '../ledger/requests';
import { Setting } from '../nodes/setting';
import { isReadyForQuery } from '../servers/postgresServer';
import { TcpProxy } from '../servers/tcpProxy';
import type { Chance } from './chance';
import { chanceOf } from './chance';
import { onEachServer } from './grounds';
import { using } from './nodeUsing';
import type { PlaceOnServer } from './place';
import { reachedBy, storeAt } from './place';
import { PATIENCE_MS, tell, times } from './soak';
import { clockOff } from './time';

const ORDERS = Array.from({ length: 40 }, (_, i) => ({ order: `order-${i}`, amount: 1000 + i }));
const HOUR_MS = 3_600_000;

onEachServer(['Postgres', 'Redis'], (ground, name) => {
	let proxy: TcpProxy;
	let place: PlaceOnServer;
	let ledger: Ledger;
	let later: Ledger;

	beforeEach(async () => {
		const { credential } = (place = ground().newPlace());
		proxy = await TcpProxy.to(credential.host, credential.port);
		place = reachedBy(place, proxy);
		ledger = new Ledger(storeAt(place), systemTime);
		later = new Ledger(storeAt(place), clockOff(HOUR_MS));
		// From here on every statement is known to the server, and a connection stands.
		await claimed(ledger, 'of before');
		const taken = await claimed(later, 'of before');
		await ledger.settle(taken, told('succeeded'), RETENTION);
		await ledger.rest();
	});
	afterEach(async () => {
		await storeAt(place).close();
		await proxy.close();
	});

	const answerLost = (of: string) =>
		proxy.cutAnswerWhen((bytes) => bytes.includes(of), {
			whole: place.ledger === 'postgres' ? isReadyForQuery : () => true,
		});
	const requestLost = (of: string) => proxy.cutRequestWhen((bytes) => bytes.includes(of));

	it.each([
		['answer', answerLost],
		['request', requestLost],
	] as const)('a claim whose %s was lost is granted, and known as one’s own', async (_what, lose) => {
		lose('"state":"in_flight"');
		const grant = await claimed(ledger, '1001');
		expect(proxy.cuts).toBe(1);
		expect(await ledger.find(grant.entry.entryId)).toEqual(grant.entry);
		expect(grant.entry.fence).toBe(1);
		expect((await ledger.claim(asking(), 0)).kind).toBe('busy');
	});

	it.each([
		['answer', answerLost],
		['request', requestLost],
	] as const)('a take-over whose %s was lost is granted, and known as one’s own', async (_what, lose) => {
		await claimed(ledger, '1001');
		lose('"fence":2');
		const grant = await claimed(later, '1001');
		expect(proxy.cuts).toBe(1);
		expect(grant.entry.fence).toBe(2);
		expect(await ledger.find(grant.entry.entryId)).toEqual(grant.entry);
		expect((await later.claim(asking(), 0)).kind).toBe('busy');
	});

	it.each([
		['answer', answerLost],
		['request', requestLost],
	] as const)('a settle whose %s was lost has settled, and warns of nothing', async (_what, lose) => {
		const grant = await claimed(ledger, '1001');
		lose('"state":"succeeded"');
		const settled = await ledger.settle(grant, told('succeeded'), RETENTION);
		expect(proxy.cuts).toBe(1);
		expect(settled.warning).toBeUndefined();
		expect(settled.outcome.kind).toBe('succeeded');
		expect(await ledger.find(grant.entry.entryId)).toEqual(settled.entry);
		expect(settled.entry).toMatchObject({ state: 'succeeded', fence: 1, sends: 1 });
		expect(settled.entry.evidence).toBeUndefined();
	});

	it(
		'a node whose ledger loses about every seventh answer charges each order once and loses no item',
		async () => {
			const chance = chanceOf(`lost answers, ${name}`);
			const tally = { runs: 0, cuts: 0, charges: 0, items: 0 };
			for (; tally.runs < times(1, 20); tally.runs++) {
				const setting = await Setting.begin();
				const direct = ground().newPlace();
				// The ledger has been in use: making its table takes many answers in a row.
				await storeAt(direct).find(['']);
				await storeAt(direct).close();
				const fresh = reachedBy(direct, proxy);
				const before = proxy.cuts;
				cutEverySeventhAnswer(proxy, chance, fresh);
				const { success } = await setting.run(
					ORDERS,
					using(setting, fresh, { options: { concurrency: 5, timeoutSeconds: 30 } }),
				);
				proxy.disarm();
				expect(success.map(({ json }) => [json.amount, json.idempotency?.warning])).toEqual(
					ORDERS.map(({ amount }) => [amount, undefined]),
				);
				expect(setting.charges()).toBe(ORDERS.length);
				expect(setting.stripe.sends()).toHaveLength(ORDERS.length);
				expect(proxy.cuts).toBeGreaterThan(before);
				tally.cuts += proxy.cuts - before;
				tally.charges += setting.charges();
				tally.items += success.length;
				await storeAt(fresh).close();
				await setting.end();
			}
			tell(`lost answers, ${name}`, { ...tally, seed: chance.seed });
		},
		PATIENCE_MS,
	);
});

/** From 1 to 13 answers arrive between two that do not. */
function cutEverySeventhAnswer(proxy: TcpProxy, chance: Chance, { ledger }: PlaceOnServer): void {
	const arm = () => {
		let left = 1 + chance.below(13);
		const isDue = () => {
			if (--left > 0) return false;
			// With that, this one is used up.
			queueMicrotask(arm);
			return true;
		};
		proxy.cutAnswerWhen(isDue, { whole: ledger === 'postgres' ? isReadyForQuery : () => true });
	};
	arm();
}

async function claimed(ledger: Ledger, order: string) {
	const decision = await ledger.claim(asking({ order }), 0);
	if (decision.kind !== 'granted') throw new Error(`The claim was not granted: ${decision.kind}`);
	return decision.grant;
}
