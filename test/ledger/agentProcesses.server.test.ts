import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { whereInstalled } from '../servers/binaries';
import { PostgresServer } from '../servers/postgresServer';
import { RedisServer } from '../servers/redisServer';
import { TYPESCRIPT } from '../typescript';
import type { AgentOrder, SharedLedger, Spent } from './children/agentProcess';
import { newTable, getPostgresSettings as postgresSettings } from './stores/postgres/postgresLedgers';
import { newPrefix, getRedisSettings as redisSettings } from './stores/redis/redisLedgers';
import { newFile, removeFolders } from './temporary';

const PROCESSES = 4;

/** Another n8n process, whose agents use the same ledger. */
class AgentProcess {
	private constructor(private readonly child: ChildProcess) {}

	static async start(at: SharedLedger): Promise<AgentProcess> {
		const child = fork(join(__dirname, 'children', 'agentProcess.ts'), [JSON.stringify(at)], {
			execArgv: TYPESCRIPT,
			stdio: 'inherit',
		});
		await once(child, 'message');
		return new AgentProcess(child);
	}

	async obey(order: AgentOrder): Promise<Spent> {
		this.child.send(order);
		const [answer] = (await once(this.child, 'message')) as [Spent | { failed: string }];
		if ('failed' in answer) throw new Error(answer.failed);
		return answer;
	}

	kill(): void {
		this.child.kill('SIGKILL');
	}
}

const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);

/** Amounts that never add up to the limit by chance alone: 1.01 to 9.97, some of which are paid at once. */
const intentsOf = (n: number) =>
	Array.from({ length: 30 }, (_, position) => ({
		invoice: `${n}-${position}`,
		amount: 101 + (((n * 30 + position) * 37) % 897),
		pays: position % 3 === 0,
	}));

function describeLimits(name: string, place: () => SharedLedger): void {
	describe(`four processes that spend at once on ${name}`, () => {
		const processes: AgentProcess[] = [];
		beforeAll(async () => {
			const at = place();
			processes.push(
				...(await Promise.all(Array.from({ length: PROCESSES }, () => AgentProcess.start(at)))),
			);
		}, 60_000);
		afterAll(() => {
			for (const one of processes.splice(0)) one.kill();
		});

		it('reserve and pay no more than the daily limit, and use it up', async () => {
			const [agent, maxPerDay] = ['one', 15_000];
			const pending = processes.map((one, n) =>
				one.obey({ do: 'spend', agent, intents: intentsOf(n), maxPerDay }),
			);
			const spent = (await Promise.all(pending)).flat();
			const total = sum(spent.map(({ reserved }) => reserved));
			expect(total).toBeLessThanOrEqual(maxPerDay);
			// Whoever was refused would not have fitted: what is left is less than the smallest of them.
			const refusal = spent.filter(({ reserved }) => reserved === 0).map(({ invoice }) => invoice);
			const amounts = processes.flatMap((_, n) => intentsOf(n));
			const smallest = Math.min(
				...amounts.filter(({ invoice }) => refusal.includes(invoice)).map(({ amount }) => amount),
			);
			expect(maxPerDay - total).toBeLessThan(smallest);
			expect(sum(spent.map(({ paid }) => paid))).toBeGreaterThan(0);
			// To the minor unit: exactly what is left can still be reserved, and then nothing.
			const [one] = processes;
			const rest = { invoice: 'rest', amount: maxPerDay - total, pays: false };
			const more = { invoice: 'more', amount: 1, pays: false };
			if (rest.amount > 0)
				expect(await one!.obey({ do: 'spend', agent, intents: [rest], maxPerDay })).toMatchObject([
					{ reserved: rest.amount },
				]);
			expect(await one!.obey({ do: 'spend', agent, intents: [more], maxPerDay })).toMatchObject([
				{ reserved: 0 },
			]);
		}, 120_000);

		it('reserving the same intents count and pay each once', async () => {
			const intents = intentsOf(0).map((intent) => ({ ...intent, pays: true }));
			const [agent, maxPerDay] = ['another', 1_000_000];
			const spent = (
				await Promise.all(
					processes.map((one) => one.obey({ do: 'spend', agent, intents, maxPerDay })),
				)
			).flat();
			expect(sum(spent.map(({ paid }) => paid))).toBe(sum(intents.map(({ amount }) => amount)));
			const full = sum(intents.map(({ amount }) => amount));
			const last = { invoice: 'last', amount: 100, pays: false };
			expect(
				await processes[0]!.obey({ do: 'spend', agent, intents: [last], maxPerDay: full + 99 }),
			).toMatchObject([{ reserved: 0 }]);
			expect(
				await processes[1]!.obey({ do: 'spend', agent, intents: [last], maxPerDay: full + 100 }),
			).toMatchObject([{ reserved: 100 }]);
		}, 120_000);

		it('spend nothing more once one of them has activated the kill switch', async () => {
			const agent = 'one more';
			const [one, ...others] = processes;
			await one!.obey({ do: 'stop' });
			const pending = others.map((other, n) =>
				other.obey({ do: 'spend', agent, intents: intentsOf(n), maxPerDay: 1_000_000 }),
			);
			expect(sum((await Promise.all(pending)).flat().map(({ reserved }) => reserved))).toBe(0);
			await one!.obey({ do: 'resume' });
		}, 120_000);
	});
}

afterAll(removeFolders);

describeLimits('a local file', () => ({ kind: 'sqlite', file: newFile() }));

whereInstalled('initdb')('with a Postgres server', () => {
	let server: PostgresServer;
	beforeAll(async () => (server = await PostgresServer.start()));
	afterAll(() => server.stop());
	describeLimits('Postgres', () => ({
		kind: 'postgres',
		settings: { ...postgresSettings(server), table: newTable() },
	}));
});

whereInstalled('redis-server')('with a Redis server', () => {
	let server: RedisServer;
	beforeAll(async () => (server = await RedisServer.start()));
	afterAll(() => server.stop());
	describeLimits('Redis', () => ({
		kind: 'redis',
		settings: redisSettings(server, { prefix: newPrefix() }),
	}));
});
