import type { Certificate } from './certificate';
import { ClosedPort } from './closedPort';
import type { WireReply } from './wireServer';
import { WireServer } from './wireServer';

interface Stoppable {
	stop(): Promise<void>;
}

/** What a test starts is stopped after it, also when it fails: nothing keeps the test run from ending. */
export function useStoppables() {
	const started: Stoppable[] = [];
	afterEach(() => Promise.all(started.splice(0).map((one) => one.stop())));

	function keep<T extends Stoppable>(one: T): T {
		started.push(one);
		return one;
	}
	async function serve(reply: WireReply, certificate?: Certificate): Promise<WireServer> {
		return keep(await WireServer.start(reply, certificate));
	}
	async function closedPort(): Promise<number> {
		return keep(await ClosedPort.hold()).port;
	}
	return { keep, serve, closedPort };
}
