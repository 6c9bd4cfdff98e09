"""Documents that the carrier executes as written: where asked for, a sentence, the body of <Response>."""

from tests.carrier.oracle import Context

SAY = '<Say voice="Polly.Mia-Neural" language="es-MX">Marque uno.</Say>'
COACHED_CALL = "CA" + "0a" * 16

ACCEPTED: dict[Context, dict[str, str]] = {
    Context.CALL: {
        "nothing at all hangs up": "",
        "a sentence in Mexican Spanish": SAY,
        "a sentence without voice or language": "<Say>Hola</Say>",
        "a basic voice in any language of the list": '<Say voice="woman" language="es-ES">Hola</Say>',
        "the accented generative voice": '<Say voice="Polly.Mía-Generative" language="es-MX">Hola</Say>',
        "a Google voice in its own language": (
            '<Say voice="Google.es-US-Neural2-A" language="es-US">Hola</Say>'
        ),
        "a Peninsular voice": '<Say voice="Polly.Lucia-Neural" language="es-ES">Hola</Say>',
        "an English voice in English": '<Say voice="Polly.Joanna" language="en-US">Hi</Say>',
        "a sentence until the caller hangs up": '<Say loop="0">Hola</Say>',
        "digits spelt out by SSML": (
            '<Say>Su número es <say-as interpret-as="digits">1234</say-as><break time="500ms"/></Say>'
        ),
        "a foreign word within a sentence": '<Say>Hola <lang xml:lang="en-US">please</lang></Say>',
        "prosody around a paragraph": '<Say><prosody rate="slow">Anote</prosody><p>Uno</p><s>Dos</s></Say>',
        "the longest sentence": f"<Say>{'a' * 4096}</Say>",
        "an audio file by absolute address": "<Play>https://linea.cl/audio/a1.wav</Play>",
        "an audio file by relative address": "<Play>/audio/a1.wav</Play>",
        "an audio file with an escaped name": "<Play>/audio/m%C3%BAsica.wav</Play>",
        "music over and over": '<Play loop="0">/audio/espera.wav</Play>',
        "tones with pauses": '<Play digits="wW12#*A"/>',
        "a pause of the default second": "<Pause/>",
        "a pause of ten seconds": '<Pause length="10"/>',
        "a comment between verbs": "<!-- saludo -->" + SAY + "<!-- fin --><Hangup/>",
        "white space between verbs": "\n  " + SAY + "\n  <Hangup/>\n",
        "a menu of one key and its silence": (
            f'<Gather action="/voice/menu?turn=1" numDigits="1" finishOnKey="" timeout="5">{SAY}</Gather>'
            "<Redirect>/voice/menu?turn=1</Redirect>"
        ),
        "an entry ended by the hash": (
            f'<Gather action="?turn=2" finishOnKey="#">{SAY}</Gather><Redirect>?turn=2</Redirect>'
        ),
        "an entry ended by a star": '<Gather finishOnKey="*"/>',
        "keys or Chilean speech with hints": (
            '<Gather input="dtmf speech" language="es-CL" speechTimeout="3" hints="Los Aromos, Vista Mar"'
            ' speechModel="googlev2_telephony_short" actionOnEmptyResult="true" profanityFilter="false"'
            ' action="proyecto"><Pause length="1"/><Play>/a.wav</Play></Gather>'
        ),
        "an action by GET": '<Gather action="/a" method="GET"/>',
        "an action with connection overrides": (
            '<Gather action="https://linea.cl:8443/voice/a?x=1&amp;y=2#rc=2&amp;rp=5xx,ct,rt&amp;rt=4000"/>'
        ),
        "overrides of edges and server names": (
            "<Redirect>/a#e=sao-paulo,ashburn-ix&amp;sni=n&amp;ct=100&amp;tt=15000</Redirect>"
        ),
        "partial results of speech": (
            '<Gather input="speech" partialResultCallback="/p" partialResultCallbackMethod="POST"/>'
        ),
        "a recording with everything": (
            '<Record action="/r" method="POST" timeout="5" finishOnKey="#*0" maxLength="90" playBeep="true"'
            ' trim="do-not-trim" recordingStatusCallback="/news#rc=5" recordingStatusCallbackMethod="POST"'
            ' recordingStatusCallbackEvent="completed absent"/>'
        ),
        "a redirect after a recording, for its silence": (
            '<Record action="/r"/><Redirect>/r?silence=1</Redirect>'
        ),
        "a recording without the cut by silence": '<Record action="/r" timeout="0"/>',
        "a transcribed recording": (
            '<Record action="/r" maxLength="60" transcribe="true" transcribeCallback="/t"/>'
        ),
        "a number as the text of a dial": '<Dial callerId="+56988894612">+56911112222</Dial>',
        "a dial that says how it ended": (
            '<Dial action="/d" timeout="20" timeLimit="3600" answerOnBridge="true" hangupOnStar="true"'
            ' ringTone="cl" record="record-from-answer-dual" recordingTrack="both" trim="trim-silence">'
            '<Number url="/w" statusCallback="/s" statusCallbackEvent="initiated ringing answered completed"'
            ">+56911112222</Number></Dial>"
        ),
        "verbs after a dial without action": f"<Dial>+56911112222</Dial>{SAY}<Hangup/>",
        "the documented shorthand for recording a dial": '<Dial record="true">+56911112222</Dial>',
        "the documented reason of a call": '<Dial callReason="Visita">+56911112222</Dial>',
        "ten numbers at once": "<Dial>" + "<Number>+56911112222</Number>" * 10 + "</Dial>",
        "an agent by SIP and one by client": "<Dial><Sip>sip:ana@linea.cl</Sip><Client>ana</Client></Dial>",
        "a client by identity with a parameter": (
            '<Dial><Client><Identity>ana</Identity><Parameter name="caso" value="1"/></Client></Dial>'
        ),
        "a number whose machine is detected": (
            '<Dial><Number machineDetection="DetectMessageEnd" machineDetectionTimeout="30"'
            ' amdStatusCallback="https://linea.cl/amd">+56911112222</Number></Dial>'
        ),
        "a dial to a queue": '<Dial action="/d"><Queue url="/anuncio">atencion</Queue></Dial>',
        "a dial to a conference": (
            '<Dial action="/d"><Conference beep="false" startConferenceOnEnter="true"'
            ' endConferenceOnExit="true" waitUrl="" maxParticipants="3" record="record-from-start"'
            ' participantLabel="agente" statusCallback="/c" statusCallbackEvent="start end join leave"'
            ' recordingStatusCallback="/r" jitterBufferSize="small" region="br1">caso-1</Conference></Dial>'
        ),
        "a supervisor who coaches a call": (
            f'<Dial><Conference coach="{COACHED_CALL}" muted="false">caso-1</Conference></Dial>'
        ),
        "a place in the queue with its own wait": (
            '<Enqueue action="/fin" waitUrl="/espera"'
            ' waitUrlMethod="POST" maxQueueSize="50">atencion</Enqueue>'
        ),
        "a silent place in the queue": '<Enqueue waitUrl="">atencion</Enqueue>',
        "verbs after a place in the queue without action": f"<Enqueue>atencion</Enqueue>{SAY}",
        "a queue's name of 64 characters": f"<Enqueue>{'q' * 64}</Enqueue>",
        "a task for a work flow": (
            f'<Enqueue workflowSid="WW{"0a" * 16}"><Task priority="5" timeout="200">{{}}</Task></Enqueue>'
        ),
        "a redirect by GET": '<Redirect method="GET">https://linea.cl/voice/a</Redirect>',
        "a busy signal": '<Reject reason="busy"/>',
        "a referral to a SIP address": '<Refer action="/a"><Sip>sip:ana@linea.cl</Sip></Refer>',
        "a stream to a web socket": '<Start><Stream url="wss://linea.cl/s"/></Start>',
    },
    Context.CONFERENCE_WAIT: {
        "an empty redirect to the same document": f"{SAY}<Redirect/>",
        "music in a conference": "<Play>/m.wav</Play><Redirect/>",
    },
    Context.QUEUE_WAIT: {
        "the wait in a queue with a key": (
            f'<Gather action="/tecla" numDigits="1" finishOnKey="">{SAY}<Play>/m.wav</Play></Gather><Pause/>'
        ),
        "leaving the queue": "<Leave/>",
        "hanging up from the queue": f"{SAY}<Hangup/>",
    },
    Context.DIAL_QUEUE_URL: {
        "what the queued caller hears before the bridge": (
            f"{SAY}<Pause/><Play>/a.wav</Play><Redirect>/b</Redirect>"
        ),
    },
    Context.WHISPER: {
        "a whisper that asks for a key": f'<Gather numDigits="1">{SAY}</Gather><Hangup/>',
    },
    Context.NEWS: {
        "an empty answer to news": "",
    },
    Context.INLINE: {
        "an inline document with absolute addresses": (
            f'<Gather action="https://linea.cl/a">{SAY}</Gather><Redirect>https://linea.cl/b</Redirect>'
        ),
    },
}
