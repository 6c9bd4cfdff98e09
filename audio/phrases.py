"""Every sentence of the line, in Chilean Spanish, with its key and its blanks.

Function before key ("para urgencias, marque uno"), "usted", one thought to a sentence. ``#`` is "gato" and
``*`` is "asterisco". Safety messages and notices are firm: no key cuts them short, so they last at most 12 s.
"""

from collections.abc import Iterator

from audio.wording import Phrase

# --- What any conversation may need ------------------------------------------------------------------------

NOTHING_PRESSED = Phrase("nothing-pressed", "No recibí su respuesta.")
NO_SUCH_KEY = Phrase("no-such-key", "Esa opción no existe.")
APOLOGY = Phrase(
    "apology", "Disculpe, tuvimos un problema. Le comunicamos con una persona.", "Con calma, sin alarma."
)
LAST_RESORT = Phrase(
    "last-resort", "Disculpe, tuvimos un problema. No corte, por favor: llamamos a una persona."
)
LAST_RESORT_OVER = Phrase(
    "last-resort-over",
    "Si todavía necesita ayuda, por favor, llame de nuevo en unos minutos. Adiós.",
    "Se oye después de hablar con la persona, y también cuando no contestó.",
)
CALL_AGAIN = Phrase("call-again", "No pudimos comunicarle. Por favor, llame de nuevo en unos minutos.")
OUTBOUND_APOLOGY = Phrase(
    "outbound-apology", "Disculpe, tuvimos un problema. Le llamaremos más tarde. Adiós."
)
GOODBYE = Phrase("goodbye", "Gracias por llamar. Adiós.", "Cálida, sin apuro.")

# --- Main menu ---------------------------------------------------------------------------------------------

WELCOME = Phrase("welcome", "Le damos la bienvenida a la línea de postventa.", "Cálida y breve.")
MAIN_MENU = Phrase(
    "main-menu",
    "Si es una urgencia, marque uno. Para una solicitud nueva, marque dos. Para una solicitud que ya hizo, marque"
    " tres. Para hablar con una persona, marque cero.",
)
GO_ON_OR_ANEW = Phrase(
    "go-on-or-anew",
    "Su llamada anterior se cortó. Para seguir donde quedó, marque uno. Para empezar de nuevo, marque dos.",
)

# --- Urgencies ---------------------------------------------------------------------------------------------

URGENT_KIND = Phrase(
    "urgent-kind",
    "Para una filtración de agua potable, marque uno. Para una fuga de gas, marque dos. Para falta de energía"
    " eléctrica, marque tres.",
    "Con calma y claridad: quien llama está asustado.",
)
SAFETY_WATER = Phrase(
    "safety-water",
    "Cierre la llave de paso del agua. No toque enchufes ni aparatos mojados.",
    "Firme y lenta.",
)
SAFETY_GAS = Phrase(
    "safety-gas",
    "Cierre la llave del gas y ventile. No toque interruptores ni prenda fuego. Salga, y llame a Bomberos:"
    " uno, tres, dos.",
    "Firme y lenta. Cada punto es una pausa.",
)
SAFETY_ELECTRICITY = Phrase(
    "safety-electricity",
    "Revise los automáticos, sin tocar cables. Si todo el edificio está sin luz, avise a la empresa eléctrica.",
    "Firme y lenta.",
)
GAS_OUTSIDE = Phrase(
    "gas-outside",
    "Si ya está afuera, marque uno. Si todavía está adentro, corte y salga de inmediato. Le llamaremos.",
)
GAS_OUTSIDE_STAY = Phrase(
    "gas-outside-stay",
    "Si ya está afuera, marque uno. Si todavía está adentro, salga de inmediato con su teléfono, sin cortar.",
)
GAS_GO_OUT = Phrase("gas-go-out", "Salga de inmediato, por favor. Una persona de urgencias le llamará.")
URGENT_NUMBER = Phrase(
    "urgent-number", "Su urgencia es la número {number:case_number}. Repito: {number:case_number}."
)

# --- Which home --------------------------------------------------------------------------------------------

KNOWN_HOME = Phrase(
    "known-home",
    "Si llama por la propiedad {apartment:apartment}, de {project:name}, marque uno. Si es por otra, marque dos.",
)
HOME_CHOICE = Phrase(
    "home-choice", "Para la propiedad {apartment:apartment}, de {project:name}, marque {n:key}."
)
OTHER_HOME = Phrase("other-home", "Para otra propiedad, marque nueve.")
PROJECT = Phrase(
    "project",
    "Marque el código de su proyecto, o las primeras letras de su nombre, y luego gato. También puede decir el"
    " nombre.",
)
PROJECT_UNKNOWN = Phrase("project-unknown", "No encontré ese proyecto.")
PROJECT_TOO_SHORT = Phrase(
    "project-too-short", "Marque al menos tres letras del nombre, o el código completo."
)
PROJECT_TOO_MANY = Phrase("project-too-many", "Hay muchos proyectos con esas letras. Marque algunas más.")
PROJECT_CORRECT = Phrase("project-correct", "{project:name}. Si es correcto, marque uno. Si no, marque dos.")
PROJECT_CHOICE = Phrase("project-choice", "Para {project:name}, marque {n:key}.")
NONE_OF_THEM = Phrase("none-of-them", "Si no es ninguno de estos, marque nueve.")
APARTMENT = Phrase("apartment", "Marque el número de su departamento o casa, y luego gato.")
APARTMENT_TOO_LONG = Phrase("apartment-too-long", "Ese número es demasiado largo.")
APARTMENT_CORRECT = Phrase(
    "apartment-correct",
    "Propiedad {apartment:apartment}. Si es correcto, marque uno. Para corregir, marque dos.",
)
APARTMENT_CHOICE = Phrase("apartment-choice", "Para la propiedad {apartment:apartment}, marque {n:key}.")

# --- What is wrong -----------------------------------------------------------------------------------------

CATEGORY = Phrase(
    "category",
    "Por humedad o filtraciones, marque uno. Gasfitería y sanitarios, dos. Electricidad y citófono, tres. Puertas y"
    " cerraduras, cuatro.",
    "Se oye junto con la que sigue: sin cerrar la voz al final.",
)
CATEGORY_MORE = Phrase(
    "category-more",
    "Ventanas, cinco. Pisos y cerámicas, seis. Muros, pintura y cielos, siete. Muebles y cubiertas, ocho. Otro"
    " problema, nueve.",
)
RECORDING_NOTICE = Phrase(
    "recording-notice",
    "Después del tono, cuente el problema: quedará grabado. Al terminar, o para no grabar, marque gato.",
    "Es un aviso legal: completo y claro.",
)
DESCRIPTION_KEPT = Phrase(
    "description-kept",
    "Su descripción quedó grabada. Para continuar, marque uno. Para grabarla otra vez, marque dos.",
)
MORE = Phrase("more", "Para agregar otro problema a esta solicitud, marque uno. Para seguir, marque dos.")
MOST_REQUIREMENTS = Phrase("most-requirements", "Esta solicitud ya tiene nueve problemas, que es el máximo.")

# --- Contact numbers ---------------------------------------------------------------------------------------

CONTACT_IS_YOURS = Phrase(
    "contact-is-yours",
    "Le contactaremos al {phone:phone}. Si es correcto, marque uno. Para dar otro número, marque dos.",
)
CONTACT_NUMBER = Phrase("contact-number", "Marque un teléfono de contacto de nueve dígitos, y luego gato.")
CONTACT_SECOND_NUMBER = Phrase(
    "contact-second-number", "Marque el segundo teléfono, de nueve dígitos, y luego gato."
)
CONTACT_CORRECT = Phrase(
    "contact-correct", "El número es {phone:phone}. Si es correcto, marque uno. Para corregir, marque dos."
)
CONTACT_SECOND = Phrase(
    "contact-second",
    "Para seguir con ese número solamente, marque uno. Para agregar un segundo número, marque dos.",
)
CONTACT_TOO_SHORT = Phrase("contact-too-short", "A ese número le faltan dígitos. Deben ser nueve.")
CONTACT_TOO_LONG = Phrase("contact-too-long", "Ese número tiene dígitos de más. Deben ser nueve.")
CONTACT_FOREIGN = Phrase("contact-foreign", "Necesitamos un número chileno.")
CONTACT_PREMIUM = Phrase(
    "contact-premium", "A los números seiscientos, ochocientos o especiales no podemos llamar."
)
CONTACT_OWN = Phrase("contact-own", "Ese es el número de esta línea. Necesitamos uno suyo.")
CONTACT_UNKNOWN = Phrase("contact-unknown", "Ese número no existe en Chile.")

# --- The visit ---------------------------------------------------------------------------------------------

VISIT_INTRODUCTION = Phrase("visit-introduction", "Estas son las horas para su visita de inspección.")
VISIT_SUBSTITUTE = Phrase(
    "visit-substitute", "El día de visita de su proyecto no tiene horas. Le ofrecemos otros días."
)
WORKS_INTRODUCTION = Phrase(
    "works-introduction",
    "Estas son las fechas para los trabajos. Alguien debe estar en casa para recibirlos.",
)
SLOT_CHOICE = Phrase("slot-choice", "Para el {when:moment}, marque {n:key}.")
HALF_DAY_CHOICE = Phrase("half-day-choice", "Para el {day:date}, {start:from} {end:until}, marque {n:key}.")
SLOT_LATER = Phrase("slot-later", "Para oír otras, marque nueve.")
VISIT_CORRECT = Phrase(
    "visit-correct",
    "Visita el {when:moment}. Para reservarla, marque uno. Para elegir otra hora, marque dos.",
)
WORKS_CORRECT = Phrase(
    "works-correct",
    "Trabajos el {day:date}, {start:from} {end:until}. Para reservarlos, marque uno. Para otra fecha, marque dos.",
)
SLOT_TAKEN = Phrase("slot-taken", "Lo siento: alguien acaba de tomar esa hora.")
NO_VISITS = Phrase(
    "no-visits",
    "Por ahora no quedan horas de visita en los próximos cinco días hábiles. Su solicitud queda abierta, y una"
    " persona le llamará para acordar la fecha.",
)
NO_WORKS = Phrase(
    "no-works",
    "Por ahora no quedan fechas para los trabajos. Su solicitud sigue abierta, y una persona le llamará para"
    " acordar la fecha.",
)
NO_OTHER_DATES = Phrase(
    "no-other-dates", "Por ahora no queda otra fecha libre. La que usted tiene se mantiene."
)
NO_SLOTS_MENU = Phrase("no-slots-menu", "Para esperar ahora a una persona, marque uno. Si no, puede cortar.")
VISIT_BOOKED = Phrase("visit-booked", "Listo. Su visita de inspección será el {when:moment}.", "Alegre.")
WORKS_BOOKED = Phrase(
    "works-booked", "Listo. Los trabajos serán el {day:date}, {start:from} {end:until}.", "Alegre."
)
CASE_NUMBER = Phrase(
    "case-number", "Su número de solicitud es {number:case_number}. Repito: {number:case_number}."
)
TEXT_FOLLOWS = Phrase("text-follows", "Le enviaremos estos datos por mensaje de texto.")
AFTER_BOOKING = Phrase(
    "after-booking",
    "Para oírlo otra vez, marque uno. Para hablar con una persona, marque cero. Si no, puede cortar.",
)

# --- A request already made --------------------------------------------------------------------------------

EXISTING_NUMBER = Phrase("existing-number", "Marque su número de solicitud, y luego gato.")
EXISTING_APARTMENT = Phrase(
    "existing-apartment", "Para proteger sus datos, marque el número de su departamento o casa, y luego gato."
)
PAIR_WRONG = Phrase("pair-wrong", "Esos datos no coinciden con ninguna solicitud.")
PAIR_TRIED_TOO_OFTEN = Phrase(
    "pair-tried-too-often", "No pudimos comprobar sus datos. Le comunicamos con una persona."
)
STATUS_OPEN = Phrase("status-open", "Su solicitud está ingresada, y aún no tiene fecha de visita.")
STATUS_URGENT = Phrase(
    "status-urgent", "Su urgencia está ingresada. Estamos buscando a una persona que la atienda."
)
STATUS_ATTENDING = Phrase("status-attending", "Nuestro equipo de urgencias está atendiendo su solicitud.")
STATUS_VISIT_SCHEDULED = Phrase("status-visit-scheduled", "Su visita de inspección será el {when:moment}.")
STATUS_VISIT_PAST = Phrase(
    "status-visit-past", "La hora de su visita de inspección ya pasó, y aún no registramos el resultado."
)
STATUS_INSPECTED = Phrase(
    "status-inspected",
    "La visita de inspección está hecha. Le llamaremos para acordar la fecha de los trabajos.",
)
STATUS_WORKS_SCHEDULED = Phrase(
    "status-works-scheduled", "Los trabajos serán el {day:date}, {start:from} {end:until}."
)
STATUS_WORKS_PAST = Phrase(
    "status-works-past", "La fecha de los trabajos ya pasó, y aún no registramos su término."
)
STATUS_WORKS_DONE = Phrase(
    "status-works-done", "Los trabajos están hechos. Le llamaremos para saber si quedó conforme."
)
STATUS_CLOSED = Phrase("status-closed", "Su solicitud está cerrada.")
STATUS_REJECTED = Phrase(
    "status-rejected", "En la visita se determinó que la garantía no cubre su solicitud."
)
STATUS_CANCELLED = Phrase("status-cancelled", "Su solicitud está anulada.")
EXISTING_DATE_MENU = Phrase(
    "existing-date-menu",
    "Para cambiar el día, marque uno. Para anular, marque dos. Para oír otra vez, marque tres. Para hablar con una"
    " persona, marque cero.",
)
EXISTING_ENDED_MENU = Phrase(
    "existing-ended-menu",
    "Si el problema volvió, o no está de acuerdo, marque uno. Para oír otra vez, marque tres. Para hablar con una"
    " persona, marque cero.",
)
EXISTING_OPEN_MENU = Phrase(
    "existing-open-menu",
    "Para reservar la visita, marque uno. Para oír otra vez, marque tres. Para hablar con una persona, marque cero.",
)
EXISTING_MENU = Phrase(
    "existing-menu",
    "Para oír otra vez, marque tres. Para hablar con una persona, marque cero. Si no, puede cortar.",
)
CANCEL_VISIT = Phrase(
    "cancel-visit",
    "¿Quiere anular la visita del {when:moment}? Para anularla, marque uno. Para conservarla, marque dos.",
)
CANCEL_WORKS = Phrase(
    "cancel-works",
    "¿Anulamos los trabajos del {day:date}, {start:from} {end:until}? Para anular, marque uno. Si no, marque dos.",
)
DATE_CANCELLED = Phrase(
    "date-cancelled", "La fecha quedó anulada. Una persona le llamará para acordar una nueva."
)
FOLLOWS_OLD = Phrase("follows-old", "Abrimos una solicitud nueva, unida a la anterior.")


# --- Waiting, and the agent's telephone --------------------------------------------------------------------

TALK_NOTICE = Phrase(
    "talk-notice", "Para cuidar la calidad, la conversación quedará grabada.", "Es un aviso legal."
)
LOOKING_FOR_A_PERSON = Phrase("looking-for-a-person", "Le comunico con una persona.")
LOOKING_FOR_URGENT_HELP = Phrase(
    "looking-for-urgent-help",
    "Estamos llamando a una persona de urgencias. Aunque corte, seguiremos buscándola.",
    "Con calma.",
)
WAIT_IS_NEXT = Phrase("wait-is-next", "Usted es la próxima persona en ser atendida.")
WAIT_PLACE = Phrase("wait-place", "Antes de usted hay {ahead:people}.")
WAIT_MINUTES = Phrase("wait-minutes", "La espera será de unos {wait:minutes}, o menos.")
WAIT_ONE_MINUTE = Phrase("wait-one-minute", "La espera será de un minuto, más o menos.")
WAIT_LONGER = Phrase("wait-longer", "Disculpe, está tomando más de lo que le dijimos.")
WAIT_KEYS = Phrase(
    "wait-keys",
    "Para que le llamemos sin perder su lugar, marque uno. Para dejar un mensaje, marque dos. Para volver al menú,"
    " marque asterisco.",
)
CONNECTING = Phrase("connecting", "Ya le atienden.")
AGENT_DROPPED = Phrase(
    "agent-dropped", "Disculpe, se cortó con quien le iba a atender. Buscamos a otra persona."
)
OUT_OF_HOURS = Phrase("out-of-hours", "En este momento nuestra oficina está cerrada.")
OUT_OF_HOURS_URGENT = Phrase("out-of-hours-urgent", "Si es una urgencia, marque uno. Si no lo es, espere.")
NOBODY_PRESENT = Phrase("nobody-present", "En este momento no hay nadie que le pueda atender.")
NOBODY_CAME = Phrase("nobody-came", "Disculpe, todavía nadie ha podido atenderle.")
ALREADY_ATTENDED = Phrase(
    "already-attended", "Una persona de nuestro equipo ya tiene su urgencia, y le llamará."
)
CALLBACK_OR_MESSAGE = Phrase(
    "callback-or-message", "Para que le llamemos, marque uno. Para dejar un mensaje, marque dos."
)
CALLBACK_NOTED = Phrase("callback-noted", "Anotado. Le llamaremos al {phone:phone}.")
CALLBACK_NOTED_OF_CASE = Phrase("callback-noted-of-case", "Anotado. Le llamaremos al número de su solicitud.")
CALLBACK_WITHOUT_NUMBER = Phrase(
    "callback-without-number", "No tenemos un número para llamarle. Por favor, llame de nuevo."
)
MESSAGE_NOTICE = Phrase(
    "message-notice",
    "Después del tono, deje su mensaje: quedará grabado. Al terminar, marque gato.",
    "Es un aviso legal: completo y claro.",
)
MESSAGE_KEPT = Phrase("message-kept", "Su mensaje quedó grabado. Una persona lo escuchará y le llamará.")
MESSAGE_EMPTY = Phrase("message-empty", "No se grabó ningún mensaje.")

AGENT_URGENT = Phrase("agent-urgent", "Urgencia.", "Al agente: rápido y claro.")
AGENT_URGENT_WATER = Phrase("agent-urgent-water", "Urgencia: fuga de agua.")
AGENT_URGENT_GAS = Phrase("agent-urgent-gas", "Urgencia: fuga de gas.")
AGENT_URGENT_ELECTRICITY = Phrase("agent-urgent-electricity", "Urgencia: sin electricidad.")
AGENT_STANDARD = Phrase("agent-standard", "Llamada de postventa.")
AGENT_PROJECT = Phrase("agent-project", "Proyecto {project:name}.")
AGENT_APARTMENT = Phrase("agent-apartment", "Propiedad {apartment:apartment}.")
AGENT_CASE = Phrase("agent-case", "Solicitud {number:case_number}.")
AGENT_CALLER_AWAY = Phrase("agent-caller-away", "La persona no está en línea: espera que la llamen.")
AGENT_TAKE = Phrase("agent-take", "Para atender, marque uno. Para dejarla pasar, marque dos.")
AGENT_TAKE_AND_RING = Phrase(
    "agent-take-and-ring", "Para tomarla y llamar, marque uno. Para dejarla pasar, marque dos."
)
AGENT_PASSED = Phrase("agent-passed", "De acuerdo, llamamos a otra persona.")
AGENT_TOO_LATE = Phrase("agent-too-late", "Esta llamada ya no espera. Gracias.")
AGENT_CONNECTING = Phrase("agent-connecting", "Le comunico.")
AGENT_CALLER_GONE = Phrase(
    "agent-caller-gone", "La persona que llamaba ya cortó. Para llamarla, marque uno. Si no, puede cortar."
)
AGENT_RINGING_OWNER = Phrase("agent-ringing-owner", "Llamando. No corte.")
AGENT_NO_NUMBER = Phrase("agent-no-number", "No tenemos un número para llamar a esta persona.")
AGENT_OWNER_UNREACHED = Phrase(
    "agent-owner-unreached", "No contestan. Para llamar otra vez, marque uno. Si no, puede cortar."
)
AGENT_DONE = Phrase("agent-done", "Gracias.")
ON_HOLD = Phrase("on-hold", "Su llamada está en espera. No corte, por favor.")
HANDED_ON = Phrase("handed-on", "Le comunico con otra persona. No corte, por favor.")
GUEST_CONSULTED = Phrase("guest-consulted", "Le consulta {agent:name}. La persona que llamó está en espera.")
GUEST_REASON = Phrase("guest-reason", "El motivo: {reason:name}.")
GUEST_TECHNICIAN = Phrase(
    "guest-technician", "Le llamamos de postventa: {agent:name} necesita su apoyo en una llamada."
)
GUEST_OUTSIDE = Phrase("guest-outside", "Le llamamos de postventa, para comunicarle con una persona.")
GUEST_SUPERVISOR = Phrase("guest-supervisor", "Supervisión de la llamada que atiende {agent:name}.")
GUEST_KEYS = Phrase(
    "guest-keys", "Para entrar a la conversación, marque uno. Para dejarla pasar, marque dos."
)
GUEST_NOT_NEEDED = Phrase("guest-not-needed", "Esta llamada ya terminó. Gracias.")
CALLED_BACK = Phrase(
    "called-back",
    "Le llamamos de postventa, como usted pidió. Para hablar con una persona, marque uno. Si ya no lo necesita,"
    " marque dos.",
)
CALLED_BACK_NOT_NEEDED = Phrase("called-back-not-needed", "De acuerdo. Gracias.")
OWNER_GREETING = Phrase(
    "owner-greeting", "Le llamamos de postventa, por su solicitud. Le comunico con una persona.", "Cálida."
)
OWNER_TOO_LATE = Phrase("owner-too-late", "Disculpe, se cortó la comunicación. Le llamaremos de nuevo.")


# --- Calls that the line makes -----------------------------------------------------------------------------

CALL_FROM = Phrase(
    "call-from", "Hola. Le llamamos de {company:name}.", "Cálida: quien contesta no nos espera."
)
CALL_WHY_WORKS = Phrase("call-why-works", "Es para acordar una fecha de postventa.")
CALL_WHY_SATISFACTION = Phrase("call-why-satisfaction", "Es para una breve consulta de postventa.")
CALL_WHY_REMINDER = Phrase("call-why-reminder", "Es para recordarle una fecha de postventa.")
CALL_WHO = Phrase(
    "call-who",
    "Si es usted, o su familia, marque uno. Para otro momento, marque dos. Si el número está equivocado, marque"
    " tres. Para no llamarle más por esto, marque nueve.",
)
CALL_LATER = Phrase(
    "call-later", "Para que le llamemos en una hora, marque uno. Esta tarde, dos. Mañana, tres."
)
CALL_LATER_AT = Phrase("call-later-at", "De acuerdo. Le llamaremos el {when:moment}.")
CALL_WRONG_NUMBER = Phrase("call-wrong-number", "Disculpe la molestia. No le llamaremos más.")
CALL_NO_MORE = Phrase("call-no-more", "De acuerdo. No le llamaremos más por esto.")
CALL_NOBODY = Phrase("call-nobody", "Le llamaremos en otro momento.")
CALL_GOODBYE = Phrase("call-goodbye", "Gracias por su tiempo. Adiós.", "Cálida, sin apuro.")
CALL_SETTLED = Phrase("call-settled", "Eso ya quedó resuelto.")
MACHINE_MESSAGE = Phrase(
    "machine-message",
    "Le llamamos de {company:name}. Puede devolvernos la llamada al {phone:phone}.",
    "A un buzón de voz: claro y sin apuro.",
)

WORKS_COVERED = Phrase("works-covered", "La garantía cubre {what:phrase}.")
WORKS_NOT_COVERED = Phrase("works-not-covered", "No cubre {what:phrase}.")
WORKS_COVERED_NTH = Phrase("works-covered-nth", "La garantía cubre su problema {n:count}, {what:phrase}.")
WORKS_NOT_COVERED_NTH = Phrase("works-not-covered-nth", "No cubre su problema {n:count}, {what:phrase}.")
WORKS_REASON = Phrase(
    "works-reason", "Los motivos los enviamos por escrito. Si no está de acuerdo, llámenos."
)

CATEGORY_DAMP = Phrase("category-damp", "humedad o filtraciones")
CATEGORY_PLUMBING = Phrase("category-plumbing", "gasfitería y sanitarios")
CATEGORY_ELECTRICITY = Phrase("category-electricity", "electricidad")
CATEGORY_DOORS = Phrase("category-doors", "puertas y cerraduras")
CATEGORY_WINDOWS = Phrase("category-windows", "ventanas")
CATEGORY_FLOORS = Phrase("category-floors", "pisos y cerámicas")
CATEGORY_WALLS = Phrase("category-walls", "muros y pintura")
CATEGORY_FURNITURE = Phrase("category-furniture", "muebles y cubiertas")
CATEGORY_OTHER = Phrase("category-other", "otro problema")
CATEGORY_WATER = Phrase("category-water", "la filtración de agua")
CATEGORY_GAS = Phrase("category-gas", "la fuga de gas")

ALL_IN_ORDER = Phrase(
    "all-in-order",
    "Terminamos los trabajos en su hogar. Si todo quedó en orden, marque uno. Si algo no quedó bien, marque dos.",
)
SATISFIED_WITH = Phrase(
    "satisfied-with", "Sobre {what:phrase}. Si quedó conforme, marque uno. Si no, marque dos."
)
SATISFIED_WITH_NTH = Phrase(
    "satisfied-with-nth",
    "Sobre su problema {n:count}, {what:phrase}. Si quedó conforme, marque uno. Si no, marque dos.",
)
REMEDY = Phrase(
    "remedy",
    "Si los trabajos quedaron inconclusos o mal hechos, marque uno. Si el problema sigue o es otro, marque dos.",
)
SURVEY_CLOSED = Phrase("survey-closed", "Nos alegra. Cerramos su solicitud.", "Alegre.")
DISPUTE_NOTED = Phrase("dispute-noted", "Lo lamentamos. Lo resolveremos.", "Con empatía.")
VISIT_AGREED = Phrase("visit-agreed", "Su visita de inspección será el {when:moment}.")
WORKS_AGREED = Phrase("works-agreed", "Los trabajos serán el {day:date}, {start:from} {end:until}.")
SCORE = Phrase(
    "score",
    "Para terminar, califique nuestra atención con una nota de uno a cinco, donde cinco es la mejor.",
)
COMMENT_OFFER = Phrase(
    "comment-offer", "Para dejar un comentario grabado, marque uno. Si no, puede cortar. Gracias."
)
COMMENT_NOTICE = Phrase(
    "comment-notice",
    "Después del tono, deje su comentario: quedará grabado. Al terminar, marque gato.",
    "Es un aviso legal: completo y claro.",
)

REMINDER_VISIT = Phrase("reminder-visit", "Le recordamos su visita de inspección, el {when:moment}.")
REMINDER_WORKS = Phrase(
    "reminder-works",
    "Le recordamos los trabajos en su hogar, el {day:date}, {start:from} {end:until}. Alguien debe estar en casa.",
)
REMINDER_KEYS = Phrase(
    "reminder-keys",
    "Para confirmar, marque uno. Para cambiar el día, marque dos. Para anular, marque tres.",
)
REMINDER_CONFIRMED = Phrase("reminder-confirmed", "Gracias por confirmar.")


def catalogue() -> Iterator[Phrase]:
    """Every phrase, in the order of this file."""
    return (value for value in globals().values() if isinstance(value, Phrase))
