/** The fields of a message by their numbers: varints as numbers, all others as their bytes. */
export type Message = ReadonlyMap<number, (bigint | Buffer)[]>;

const [VARINT, FIXED_64, BYTES, FIXED_32] = [0, 1, 2, 5];

/** Reads a protobuf message without its schema. @throws RangeError if it is cut off, or none */
export function readMessage(bytes: Buffer): Message {
	const fields = new Map<number, (bigint | Buffer)[]>();
	let at = 0;
	const take = (length: number): Buffer => {
		if (at + length > bytes.length) throw new RangeError('The message is cut off');
		at += length;
		return bytes.subarray(at - length, at);
	};
	const takeVarint = (): bigint => {
		let value = 0n;
		for (let shift = 0n; ; shift += 7n) {
			const byte = BigInt(take(1)[0]!);
			value |= (byte & 0x7fn) << shift;
			if (byte < 0x80n) return value;
		}
	};
	while (at < bytes.length) {
		const tag = Number(takeVarint());
		const [number, wireType] = [tag >> 3, tag & 7];
		const values = fields.get(number) ?? [];
		fields.set(number, values);
		if (wireType === VARINT) values.push(takeVarint());
		else if (wireType === FIXED_64) values.push(take(8));
		else if (wireType === BYTES) values.push(take(Number(takeVarint())));
		else if (wireType === FIXED_32) values.push(take(4));
		else throw new RangeError(`There is no wire type ${wireType}`);
	}
	return fields;
}

/** The messages in a field. */
export function children(message: Message, field: number): Message[] {
	return (message.get(field) ?? []).map((value) => readMessage(value as Buffer));
}

export function readText(message: Message | undefined, field: number): string {
	return (message?.get(field)?.[0] as Buffer | undefined)?.toString('utf8') ?? '';
}

export function readDouble(message: Message, field: number): number {
	return (message.get(field)![0] as Buffer).readDoubleLE();
}
