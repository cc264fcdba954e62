import type { PostgresStore } from '../../../ledger/stores/postgres/postgresStore';
import type { RedisStore } from '../../../ledger/stores/redis/redisStore';
import { SqliteStore } from '../../../ledger/stores/sqlite/sqliteStore';
import { whereInstalled, whereNoServer } from '../../servers/binaries';
import { PostgresServer } from '../../servers/postgresServer';
import { RedisServer } from '../../servers/redisServer';
import { memoryStore } from '../faultyStore';
import { newTable, PostgresLedgers } from '../stores/postgres/postgresLedgers';
import { describeQueries } from './findEntriesConformance';
import { RedisLedgers } from '../stores/redis/redisLedgers';
import { newFile, removeFolders } from '../temporary';

const opened: SqliteStore[] = [];
afterEach(async () => {
	await Promise.all(opened.splice(0).map((store) => store.close()));
});
afterAll(removeFolders);

whereNoServer()('without a server', () => {
	describeQueries('Local File', {
		open: async () => {
			const store = SqliteStore.open(newFile());
			opened.push(store);
			return store;
		},
	});

	describeQueries('Workflow Static Data', { open: async () => memoryStore(), isSparse: true });
});

whereInstalled('initdb')('on a Postgres server', () => {
	const ledgers = new PostgresLedgers();
	let server: PostgresServer;
	beforeAll(async () => (server = await PostgresServer.start()));
	afterEach(() => ledgers.close());
	afterAll(() => server.stop());
	describeQueries('Postgres', {
		open: async (): Promise<PostgresStore> => ledgers.open(server, { table: newTable() }),
	});
});

whereInstalled('redis-server')('on a Redis server', () => {
	const ledgers = new RedisLedgers();
	let server: RedisServer;
	beforeAll(async () => (server = await RedisServer.start()));
	afterEach(() => ledgers.close());
	afterAll(() => server.stop());
	describeQueries('Redis', { open: async (): Promise<RedisStore> => ledgers.openNew(server) });
});
