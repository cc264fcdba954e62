import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Message } from './protobuf';
import { children, readDouble, readMessage, readText } from './protobuf';

type Attributes = Record<string, string | number | boolean>;

export interface CollectedSpan {
	/** Name of the tracer that made it. */
	scope: string;
	name: string;
	traceId: string;
	spanId: string;
	parentSpanId: string;
	isError: boolean;
	attributes: Attributes;
}

export interface CollectedMetric {
	scope: string;
	name: string;
	unit: string;
	/** Its latest values: of a counter the sum, of a histogram the number of measurements. */
	points: { attributes: Attributes; value: number }[];
}

/** An OpenTelemetry collector for OTLP over HTTP, in protobuf. */
export class OtlpCollector {
	readonly spans: CollectedSpan[] = [];
	readonly metrics = new Map<string, CollectedMetric>();
	/** All that arrived, undecoded: texts stand in it as they are. */
	text = '';

	static async start(): Promise<OtlpCollector> {
		const collector = new OtlpCollector();
		await new Promise<void>((listening) => collector.server.listen(0, '127.0.0.1', listening));
		return collector;
	}

	private constructor() {}

	private readonly server: Server = createServer((request, response) => {
		const parts: Buffer[] = [];
		request.on('data', (part: Buffer) => parts.push(part));
		request.on('end', () => {
			this.receive(request.url ?? '', Buffer.concat(parts));
			response.end();
		});
	});

	get url(): string {
		return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
	}

	stop(): void {
		this.server.closeAllConnections();
		this.server.close();
	}

	private receive(path: string, body: Buffer): void {
		this.text += body.toString('latin1');
		for (const resource of children(readMessage(body), 1))
			for (const scoped of children(resource, 2)) {
				const scope = readText(children(scoped, 1)[0], 1);
				for (const one of children(scoped, 2)) {
					if (path === '/v1/traces') this.spans.push(toSpan(scope, one));
					if (path === '/v1/metrics') this.keep(toMetric(scope, one));
				}
			}
	}

	private keep(metric: CollectedMetric): void {
		this.metrics.set(metric.name, metric);
	}
}

// The numbers are those of the fields in opentelemetry-proto: trace/v1/trace.proto, metrics/v1/metrics.proto, common/v1/common.proto.

const STATUS_ERROR = 2n;

function toSpan(scope: string, span: Message): CollectedSpan {
	return {
		scope,
		name: readText(span, 5),
		traceId: readId(span, 1),
		spanId: readId(span, 2),
		parentSpanId: readId(span, 4),
		isError: children(span, 15)[0]?.get(3)?.[0] === STATUS_ERROR,
		attributes: toAttributes(children(span, 9)),
	};
}

function toMetric(scope: string, metric: Message): CollectedMetric {
	const [sum, histogram] = [children(metric, 7), children(metric, 9)];
	const points = [
		...sum
			.flatMap((of) => children(of, 1))
			.map((point) => ({ point, attributes: 7, value: readNumber(point) })),
		...histogram
			.flatMap((of) => children(of, 1))
			.map((point) => ({ point, attributes: 9, value: readCount(point, 4) })),
	];
	return {
		scope,
		name: readText(metric, 1),
		unit: readText(metric, 3),
		points: points.map(({ point, attributes, value }) => ({
			attributes: toAttributes(children(point, attributes)),
			value,
		})),
	};
}

const readId = (of: Message, field: number) =>
	(of.get(field)?.[0] as Buffer | undefined)?.toString('hex') ?? '';
const readCount = (of: Message, field: number) =>
	Number((of.get(field)?.[0] as Buffer | undefined)?.readBigInt64LE() ?? 0);
const readNumber = (point: Message) => (point.has(4) ? readDouble(point, 4) : readCount(point, 6));

function toAttributes(pairs: Message[]): Attributes {
	return Object.fromEntries(
		pairs.map((pair) => [readText(pair, 1), toValue(children(pair, 2)[0] ?? new Map())]),
	);
}

function toValue(value: Message): string | number | boolean {
	if (value.has(2)) return value.get(2)![0] === 1n;
	if (value.has(3)) return Number(value.get(3)![0]);
	return value.has(4) ? readDouble(value, 4) : readText(value, 1);
}
