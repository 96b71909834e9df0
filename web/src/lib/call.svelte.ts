// One person on the call: a connection out for the picture, one for the sound and its mix, one in for the pictures of others.
import { ApiError, call, type Failure } from './api.svelte';
import { phrase } from './phrases';

export interface Shown { place: string; name: string; stream: MediaStream }
interface News { is: string; sdp?: string; shown?: Record<string, string>; here?: string[]; name?: string; why?: string; what?: string }
export type Phase = 'out' | 'joining' | 'in' | 'lost' | 'failed';
const AGAIN_MS = 700;
const TRIES = 60;
const CALM_MS = 30_000;
const OVER = [401, 403, 404];  // the session or the rollout is gone: no try brings it back

/** A refusal in one line, in the language of the page. */
const say = (why: Failure): string => [[phrase(why.where), phrase(why.what)].filter(Boolean).join(': '), phrase(why.allowed), phrase(why.hint)].filter(Boolean).join(' — ');

/** Waits until all addresses of this side are in the description: the server is told once. */
async function gathered(peer: RTCPeerConnection): Promise<string> {
  if (peer.iceGatheringState !== 'complete') {
    await new Promise<void>((done) => {
      const end = setTimeout(done, 3000);
      peer.addEventListener('icegatheringstatechange', () => { if (peer.iceGatheringState === 'complete') { clearTimeout(end); done(); } });
    });
  }
  return peer.localDescription?.sdp ?? '';
}

export class Call {
  phase = $state<Phase>('out');
  told = $state('');
  here = $state<string[]>([]);
  talking = $state<string[]>([]);
  shown = $state.raw<Shown[]>([]);
  muted = $state(false);
  seen = $state(true);
  own = $state.raw<MediaStream | null>(null);
  private seat = '';
  private relays: RTCIceServer[] = [];
  private peers: RTCPeerConnection[] = [];
  private inward: RTCPeerConnection | null = null;
  private tracks = new Map<string, MediaStreamTrack>();
  private source: EventSource | null = null;
  private audio = new Audio();
  private given = { name: '', pin: '' };
  private turn = Promise.resolve();
  private since = 0;

  constructor(private readonly path: string) {}

  /** Joins with camera and microphone, or without what is not there. */
  async join(name: string, pin: string): Promise<void> {
    this.given = { name, pin };
    this.phase = 'joining';
    this.told = '';
    try {
      this.own ??= await this.devices();
      await this.enter();
    } catch (err) {
      const seat = this.seat;
      this.end('failed');
      this.told = err instanceof ApiError ? say(err.failure) : String(err);
      if (seat) await call(`${this.path}/${seat}`, { method: 'DELETE' }).catch(() => undefined);
    }
  }

  private async devices(): Promise<MediaStream | null> {
    if (!navigator.mediaDevices) return null;
    for (const wish of [{ video: { width: 640, height: 360, frameRate: 15 }, audio: true }, { audio: true }, { video: true }]) {
      try { return await navigator.mediaDevices.getUserMedia(wish); } catch { /* the next wish asks for less */ }
    }
    return null;
  }

  private async enter(): Promise<void> {
    const { seat, relays } = await call<{ seat: string; relays: RTCIceServer[] }>(this.path, { method: 'POST', body: this.given });
    this.seat = seat;
    this.relays = relays;
    this.listen();
    await this.sendSound();
    await this.sendVideo();
    await this.post('watch', { names: [] });
    this.phase = 'in';
    this.since = Date.now();
  }

  private post<T>(what: string, body: unknown): Promise<T> { return call<T>(`${this.path}/${this.seat}/${what}`, { method: 'POST', body }); }

  private peer(): RTCPeerConnection {
    const made = new RTCPeerConnection({ iceServers: this.relays });
    this.peers.push(made);
    return made;
  }

  private async sendSound(): Promise<void> {
    const peer = this.peer(), track = this.own?.getAudioTracks()[0];
    if (track) peer.addTransceiver(track, { direction: 'sendrecv' }); else peer.addTransceiver('audio', { direction: 'recvonly' });
    peer.ontrack = (event) => { this.audio.srcObject = new MediaStream([event.track]); void this.audio.play().catch(() => { this.told = 'sound'; }); };
    await peer.setLocalDescription(await peer.createOffer());
    const { sdp } = await this.post<{ sdp: string }>('sound', { sdp: await gathered(peer) });
    await peer.setRemoteDescription({ type: 'answer', sdp });
  }

  private async sendVideo(): Promise<void> {
    const track = this.own?.getVideoTracks()[0];
    if (!track) return;
    const peer = this.peer();
    peer.addTransceiver(track, { direction: 'sendonly' });
    await peer.setLocalDescription(await peer.createOffer());
    const { sdp } = await this.post<{ sdp: string }>('video', { sdp: await gathered(peer) });
    await peer.setRemoteDescription({ type: 'answer', sdp });
  }

  private listen(): void {
    this.source?.close();
    const source = new EventSource(`/api/v1${this.path}/${this.seat}/news`);
    this.source = source;
    source.onmessage = (event: MessageEvent<string>) => this.hear(JSON.parse(event.data) as News);
    source.onerror = () => { if (source.readyState === EventSource.CLOSED && this.phase === 'in') void this.again(); };
  }

  private hear(news: News): void {
    if (news.here) this.here = [...new Set(news.here)];  // one who came back may stand there twice for a while
    if (news.is === 'offer' && news.sdp) {
      const { sdp, shown = {} } = news;
      this.turn = this.turn.then(() => this.accept(sdp, shown)).catch((err: unknown) => { this.told = String(err); });
    } else if (news.is === 'shown' && news.shown) this.show(news.shown);
    else if (news.is === 'talking' && news.name) this.talking = [...new Set([...this.talking, news.name])];
    else if (news.is === 'stopped-talking') this.talking = this.talking.filter((n) => n !== news.name);
    else if (news.is === 'lost') void this.again();
    else if (news.is === 'hangup') this.cut();
    else if (news.is === 'trouble') this.told = phrase(news.what ?? '');
  }

  private async accept(sdp: string, shown: Record<string, string>): Promise<void> {
    if (!this.inward) {
      this.inward = this.peer();
      this.inward.ontrack = (event) => { if (event.transceiver.mid !== null) this.tracks.set(event.transceiver.mid, event.track); };
    }
    const peer = this.inward;
    await peer.setRemoteDescription({ type: 'offer', sdp });
    await peer.setLocalDescription(await peer.createAnswer());
    await this.post('seen', { sdp: await gathered(peer) });
    this.show(shown);
  }

  private show(names: Record<string, string>): void {
    this.shown = Object.entries(names).flatMap(([place, name]) => {
      const track = this.tracks.get(place), before = this.shown.find((s) => s.place === place);
      if (!track || !name) return [];
      return [{ place, name, stream: before?.stream.getTracks()[0] === track ? before.stream : new MediaStream([track]) }];
    });
  }

  /** Pictures or sound were cut off: once in a while a new seat helps (another network), more often it would not. */
  private cut(): void {
    if (this.phase !== 'in') return;
    this.told = 'hangup';
    if (Date.now() - this.since > CALM_MS) void this.again();
  }

  /** Comes back by itself after the server was lost: the same name, the same PIN. */
  private async again(): Promise<void> {
    if (this.phase === 'lost' || this.phase === 'out') return;
    const before = this.seat;
    this.phase = 'lost';
    this.drop();
    if (before) void call(`${this.path}/${before}`, { method: 'DELETE' }).catch(() => undefined);  // its place is wanted
    for (let i = 0; i < TRIES && this.phase === 'lost'; i += 1) {
      try { await this.enter(); this.told = ''; return; } catch (err) {
        this.told = err instanceof ApiError ? say(err.failure) : String(err);
        this.drop();
        if (err instanceof ApiError && OVER.includes(err.failure.status)) break;
      }
      await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
    if (this.phase === 'lost') this.end('failed');
  }

  async mute(): Promise<void> {
    this.muted = !this.muted;
    for (const track of this.own?.getAudioTracks() ?? []) track.enabled = !this.muted;
    await this.post('mute', { muted: this.muted });
  }
  hide(): void {
    this.seen = !this.seen;
    for (const track of this.own?.getVideoTracks() ?? []) track.enabled = this.seen;
  }
  async watch(names: string[]): Promise<void> { await this.post('watch', { names }); }

  async leave(): Promise<void> {
    const seat = this.seat;
    this.end('out');
    if (seat) await call(`${this.path}/${seat}`, { method: 'DELETE' }).catch(() => undefined);
  }

  /** The page closes: its place is given back at once, where the browser still sends that. */
  gone(): void { if (this.seat) void call(`${this.path}/${this.seat}`, { method: 'DELETE', keepalive: true }).catch(() => undefined); }

  private drop(): void {
    this.source?.close();
    for (const peer of this.peers) peer.close();
    this.peers = []; this.inward = null; this.seat = '';
    this.tracks.clear();
    this.shown = []; this.talking = [];
  }
  private end(phase: Phase): void {
    this.drop();
    for (const track of this.own?.getTracks() ?? []) track.stop();
    this.own = null;
    this.here = [];
    this.phase = phase;
  }
}
