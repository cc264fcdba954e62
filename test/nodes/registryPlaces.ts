import { whereInstalled } from '../servers/binaries';
import { PostgresServer } from '../servers/postgresServer';
import { RedisServer } from '../servers/redisServer';
import type { Place } from './registryNode';
import { Desk } from './registryNode';

let made = 0;

/** The same promises on every ledger: `desk()` gives the one of the test that runs. */
export function onEveryLedger(promises: (desk: () => Desk) => void): void {
	describe('on a local file', () => onPlace(() => undefined, promises));
	describe('on workflow static data', () =>
		onPlace(() => ({ parameters: { ledger: 'staticData' } }), promises));
	whereInstalled('initdb')('on Postgres', () => {
		let server: PostgresServer;
		beforeAll(async () => {
			server = await PostgresServer.start();
		});
		afterAll(() => server.stop());
		onPlace(
			() => ({
				parameters: { ledger: 'postgres' },
				options: { ledgerTable: `registry_${++made}` },
				credentials: { postgres: { ...server.settings } },
			}),
			promises,
		);
	});
	whereInstalled('redis-server')('on Redis', () => {
		let server: RedisServer;
		beforeAll(async () => {
			server = await RedisServer.start();
		});
		afterAll(() => server.stop());
		onPlace(
			() => ({
				parameters: { ledger: 'redis' },
				options: { ledgerPrefix: `registry${++made}:` },
				credentials: { redis: { ...server.credential } },
			}),
			promises,
		);
	});
}

function onPlace(place: () => Place | undefined, promises: (desk: () => Desk) => void): void {
	let desk: Desk;
	beforeEach(async () => {
		desk = await Desk.open(place());
	});
	afterEach(() => desk.close());
	promises(() => desk);
}
