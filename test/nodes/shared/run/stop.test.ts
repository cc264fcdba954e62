import { Stop, STOP_PATIENCE_MS } from '../../../../nodes/shared/run/stop';
import { FakeClock } from '../../../ledger/fakeClock';

function stoppable() {
	const clock = new FakeClock(undefined, 'stands');
	const button = new AbortController();
	const errors: unknown[] = [];
	const stop = new Stop(button.signal, clock, (error) => errors.push(error));
	return { clock, button, errors, stop };
}

const { promise: endless } = Promise.withResolvers<string>();

it('without a stop, work is awaited however long it takes', async () => {
	const { clock, stop } = stoppable();
	const { promise, resolve, reject } = Promise.withResolvers<string>();
	const waiting = stop.waitFor(promise, () => 'left');
	clock.advance(100_000);
	resolve('done');
	expect(await waiting).toBe('done');
	const failing = stop.waitFor(Promise.reject(new Error('a fault')), () => 'left');
	await expect(failing).rejects.toThrow('a fault');
	reject(new Error('unheard'));
});

it('after a stop, work that ends soon is awaited, and the rest is left when the time limit is reached', async () => {
	const { clock, button, stop } = stoppable();
	const { promise, resolve } = Promise.withResolvers<string>();
	const [soon, never] = [stop.waitFor(promise, () => 'left'), stop.waitFor(endless, () => 'left')];
	button.abort();
	clock.advance(STOP_PATIENCE_MS - 1);
	resolve('done');
	expect(await soon).toBe('done');
	clock.advance(1);
	expect(await never).toBe('left');
});

it('the results and errors of work that was left are reported', async () => {
	const { clock, button, errors, stop } = stoppable();
	const [good, bad] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
	const late: string[] = [];
	const report = (result: string) => late.push(result);
	const left = [good, bad].map(({ promise }) => stop.waitFor(promise, () => 'left', report));
	button.abort();
	clock.advance(STOP_PATIENCE_MS);
	expect(await Promise.all(left)).toEqual(['left', 'left']);
	good.resolve('done');
	bad.reject(new Error('a fault'));
	await new Promise(setImmediate);
	expect(late).toEqual(['done']);
	expect(errors).toEqual([new Error('a fault')]);
});

it('when the time limit is reached, only work that waits for nothing is awaited', async () => {
	const { clock, button, stop } = stoppable();
	button.abort();
	clock.advance(STOP_PATIENCE_MS);
	await Promise.resolve();
	expect(await stop.waitFor(endless, () => 'left')).toBe('left');
	expect(await stop.waitFor(Promise.resolve('done'), () => 'left')).toBe('done');
});
