import type { Entry } from '../../../ledger/model/entry';
import { isEntry } from '../../../ledger/store';
import type { TableName } from '../../../ledger/stores/postgres/settings';
import { RedisStore } from '../../../ledger/stores/redis/redisStore';
import { SqliteStore } from '../../../ledger/stores/sqlite/sqliteStore';
import type { ProcessGuard } from '../../../ledger/stores/staticData';
import { StaticDataStore } from '../../../ledger/stores/staticData';
import { whereInstalled, whereNoServer } from '../../servers/binaries';
import { PgBouncer } from '../../servers/pgBouncer';
import { PostgresServer } from '../../servers/postgresServer';
import { RedisCluster } from '../../servers/redisCluster';
import { RedisServer } from '../../servers/redisServer';
import { newTable, PostgresLedgers } from './postgres/postgresLedgers';
import { newPrefix, getRedisSettings } from './redis/redisLedgers';
import { describeStore } from './conformance';
import { newFile, removeFolders } from '../temporary';
import type { Row } from '../../../ledger/model/row';

const opened: SqliteStore[] = [];
afterEach(async () => {
	await Promise.all(opened.splice(0).map((store) => store.close()));
});
afterAll(removeFolders);

// Two paths to one file are two connections, as two processes have them.
let file: string;
const openFile = async (path: string) => {
	const store = SqliteStore.open(path);
	opened.push(store);
	return store;
};

let guard: ProcessGuard;
const openStaticData = async () => new StaticDataStore({}, 'workflow', guard);

/** Parameters do not stand where everybody who reads the workflow can read them. */
function withoutParams(row: Row): Row {
	if (!isEntry(row)) return row;
	return { ...row, request: { ...row.request, params: {} }, paramsStored: false } satisfies Entry;
}

whereNoServer()('without a server', () => {
	describeStore('Local File', {
		open: () => openFile((file = newFile())),
		openAgain: () => openFile(file.replace(/([^/]+)$/, './$1')),
	});

	describeStore('Workflow Static Data', {
		open: () => openStaticData.call((guard = new Map())),
		openAgain: openStaticData,
		asKept: withoutParams,
		holds: 500,
	});
});

whereInstalled('initdb')('on a Postgres server', () => {
	describePostgres('Postgres', async () => [await PostgresServer.start()]);
	const settings = { default_transaction_isolation: 'serializable' };
	describePostgres('Postgres Serializable', async () => [await PostgresServer.start({ settings })]);
});

whereInstalled('initdb', 'pgbouncer')('on a pooler', () => {
	describePostgres('Postgres behind PgBouncer', async () => {
		const server = await PostgresServer.start({ password: 'secret' });
		return [server, await PgBouncer.start(server)];
	});
});

/** The ledger gets to the last of the servers that are started. */
function describePostgres(name: string, start: () => Promise<(PostgresServer | PgBouncer)[]>): void {
	const ledgers = new PostgresLedgers();
	let servers: (PostgresServer | PgBouncer)[] = [];
	let table: TableName;
	beforeAll(async () => (servers = await start()));
	afterEach(() => ledgers.close());
	afterAll(() => Promise.all(servers.map((server) => server.stop())));
	const openTable = async () => ledgers.open(servers.at(-1)!, { table });
	describeStore(name, {
		open: () => {
			table = newTable();
			return openTable();
		},
		openAgain: openTable,
	});
}

whereInstalled('redis-server')('on a Redis server', () => {
	describeRedis('Redis', () => RedisServer.start());
	describeRedis('Redis Cluster', () => RedisCluster.start());
});

function describeRedis(name: string, start: () => Promise<RedisServer | RedisCluster>): void {
	let server: RedisServer | RedisCluster;
	let prefix: string;
	beforeAll(async () => (server = await start()));
	afterAll(() => server.stop());
	// Two names of one host are two connections, as two processes have them.
	const openAt = async (host: string) => RedisStore.open(getRedisSettings(server, { host, prefix }));
	describeStore(name, {
		open: () => {
			prefix = newPrefix();
			return openAt('127.0.0.1');
		},
		openAgain: () => openAt('localhost'),
	});
}
