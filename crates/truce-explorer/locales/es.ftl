# Las palabras del explorador. Los cinco archivos tienen las mismas claves con las mismas variables; una prueba lo exige.
# Registro: el de la OSCE y las Naciones Unidas. El explorador nunca dice quién tiene razón.

## Marco
brand-of = Explorador del registro
skip = Ir al contenido
nav-rooms = Secciones
nav-languages = Idioma
nav-overview = Panorama
nav-timeline = Cronología
nav-map = Mapa
nav-calendar = Calendario
nav-records = Asientos
nav-parties = Partes y claves
nav-checkpoints = Puntos de control
nav-verify = Verificar
nav-data = Datos
nav-about = Cómo comprobarlo
foot-said = El explorador muestra quién declaró qué y cuándo. No dice que una declaración sea cierta, ni quién incumplió un acuerdo.
foot-times = Las horas se dan en UTC, en la forma «año-mes-día hora:minuto». Su hora local se muestra al lado cuando el navegador lo permite.
foot-readonly = Solo lectura. Sin cookies, sin cuentas, sin peticiones a otros sitios.

## Línea de estado
status-label = Estado de la verificación
status-green = Verificado
status-amber = Atención
status-red = No se verifica
status-verified = Este explorador comprobó los { $size } asientos del registro hasta su último punto de control, con todas las firmas, y los encontró en orden ({ $when }).
status-catching-up = El registro tiene más asientos de los que se muestran: { $size } están verificados, { $published } están publicados. El resto se está comprobando.
status-unreachable = El registro no puede leerse en este momento. Lo que se muestra se verificó antes: { $size } asientos ({ $when }).
status-witnesses = Han refrendado el punto de control menos testigos de los que pide el acuerdo: { $have } de { $asked }. Los { $size } asientos están verificados ({ $when }).
status-broken = Algo en el registro no se sostiene. Se muestra lo que se verificó antes: { $size } asientos ({ $when }).
status-starting = El registro se lee y comprueba por primera vez: { $done } de { $total } asientos.
status-waiting = El registro se lee por primera vez.
status-no-checkpoint = El registro aún no tiene punto de control: nadie ha firmado por sus asientos, y no se muestra ninguno.
status-stale = La fuente muestra un estado del registro más antiguo que el verificado aquí. Se muestra el más reciente: { $size } asientos ({ $when }).
status-copy-failed = El explorador no puede escribir su copia del registro. Lo que se muestra se verificó antes: { $size } asientos ({ $when }).
status-at = en el asiento { $position }
status-found-when = hallado el { $when }

## Dictamen del navegador
verdict-unchecked-title = Aún no comprobado por su navegador
verdict-unchecked = Su navegador comprueba esta página por sí mismo, a partir de los bytes firmados, si JavaScript está activado. Hasta que lo diga aquí, usted confía en este servidor.

## Palabras de uso general
word-any = Cualquiera
word-none = Ninguno
word-not-stated = No se indica
word-position = Posición
word-received = Recibido
word-party = Parte
word-role = Función
word-kind = Tipo
word-zone = Zona o región
word-what = Qué dice
word-when = Cuándo
word-from = Desde
word-to = Hasta
word-state = Estado
word-key = Clave
word-keys = Claves
word-records = Asientos
word-record-n = Asiento { $position }
word-region = Región
word-size = Tamaño
word-root = Raíz
word-origin = Origen
word-agreement = Acuerdo
word-older = Anteriores
word-newest = Más recientes
word-more = Mostrar todo
word-about-n = unos { $n }
word-days = { $n ->
    [one] { $n } día
   *[other] { $n } días
}
records-count = { $n ->
    [one] { $n } asiento
   *[other] { $n } asientos
}
records-at-least = Al menos { $n } asientos
drill = Ejercicio
drill-note = Ejercicio del propio sistema. No cuenta en ningún cómputo.

## Funciones y tipos
role-state = Estado
role-mission = Misión
role-guarantor = Garante
role-civil = Sociedad civil
kind-charter = Carta
kind-accession = Adhesión
kind-key-grant = Otorgamiento de clave
kind-key-revocation = Revocación de clave
kind-amendment = Enmienda
kind-endorsement = Aprobación de una enmienda
kind-report = Informe
kind-observation = Observación
kind-restriction = Restricción de movimiento
kind-weapons = Armamento
kind-harm = Daños a personas y bienes
kind-signal = Alerta temprana
kind-notification = Notificación
kind-calendar = Calendario anual
kind-commitment = Compromiso
kind-delivery = Cumplimiento
kind-inquiry = Solicitud de aclaración
kind-reply = Contestación
kind-response = Réplica
kind-document = Documento
kind-finding = Constatación

## Estados de un asiento
flag-corrected = Corregido
flag-retracted = Retirado
flag-replied = Con réplica
flag-answered = Contestado
flag-disputed = Impugnado
flag-supported = Respaldado
flag-examined = Objeto de constatación
flag-suspect = Clave sospechosa
flag-drill = Ejercicio
flag-late = Asentado con retraso
flag-correction = Corrección
flag-retraction = Retirada

## Relaciones
relation-corrects = corrige
relation-retracts = retira
relation-answers = contesta a
relation-fulfils = cumple
relation-disputes = impugna
relation-supports = respalda
relation-about = se refiere a
relation-corrects-by = corregido por
relation-retracts-by = retirado por
relation-answers-by = contestado por
relation-fulfils-by = cumplido por
relation-disputes-by = impugnado por
relation-supports-by = respaldado por
relation-about-by = mencionado por

## Panorama
overview-title = Panorama
overview-lead = Un acuerdo, lo que sus partes han declarado en virtud de él y hasta dónde se ha verificado.
overview-drill = Este acuerdo es un ejercicio. Nada de lo que contiene obliga a nadie.
overview-force-yes = En vigor: todas las partes fundadoras se han adherido.
overview-force-no = No está en vigor para todas: se han adherido { $acceded } de { $parties } partes fundadoras.
overview-review = Ha de revisarse antes del { $when }
overview-until = Expira el { $when } salvo renovación
overview-no-until = No se indica fecha de expiración.
overview-no-review = No se indica fecha de revisión.
overview-figure-records = Asientos verificados
overview-figure-checkpoint = Último punto de control
overview-figure-witnesses = Testigos
overview-figure-week = Recibidos esta semana
overview-figure-week-more = { $n } en la semana anterior
overview-figure-disputes = Impugnaciones sin respuesta en el registro
witnesses-none = no se piden
witnesses-of = { $have } de { $asked }
overview-week = Asientos por semana
overview-week-note = Las semanas van de lunes a domingo, UTC.
overview-week-caption = Asientos recibidos cada semana, por tipo
overview-week-of = Semana desde
overview-week-total = Total
overview-disputes = Impugnaciones abiertas
overview-disputes-none = Ninguna declaración está impugnada en este momento.
overview-inquiries = Solicitudes sin contestar
overview-inquiries-none = Todas las solicitudes han sido contestadas.
overview-newest = Asientos más recientes
overview-parties = Partes en el acuerdo
overview-acceded = Se ha adherido
overview-not-acceded = No se ha adherido
overview-last = Última declaración
overview-checkpoint = Último punto de control
overview-checkpoint-note = Compare estos valores con los que tenga otra persona: si coinciden el acuerdo, el tamaño y la raíz, ambos ven el mismo registro.

## Asientos
records-title = Asientos
records-lead = Todas las declaraciones del registro, las más recientes primero. Cada una se prueba en su propia página.
records-filter = Elegir asientos
records-text = Palabras del texto
records-period = Suceso entre
records-status = Estado del asiento
records-zones = Zona
records-apply = Aplicar
records-clear = Borrar
records-none = Ningún asiento cumple estas condiciones.
records-bad-query = No se entienden las condiciones: { $what }
records-formats = La misma selección como datos
records-caption = Asientos que cumplen las condiciones, los más recientes primero
records-local = sin indicación de tiempo

## Asiento
record-title = Asiento { $position }
record-lead = Lo que se firmó, palabra por palabra; debajo, lo que añadió el registro; al lado, cómo se prueban ambas cosas.
record-save = Guardar como prueba
record-previous = Asiento anterior
record-next = Asiento siguiente
record-feed-previous = Declaración anterior de la misma clave
record-gloss = En palabras del explorador
record-gloss-note = No firmado. Esta parte la redacta el explorador a partir de otros asientos, y cambia a medida que se añaden.
record-state = Situación
record-stands = Se mantiene: en el registro no hay corrección ni retirada.
record-is-corrected = Ha sido corregida. Una declaración posterior ocupa su lugar.
record-is-retracted = Ha sido retirada por su autor.
record-is-suspect = Recibida en un momento para el que su clave se ha declarado sospechosa.
record-is-disputed = Otra declaración del registro la impugna.
record-trail = Seguimiento
record-trail-note = Declaraciones a las que esta se refiere y las que se refieren a ella.
record-trail-none = No se refiere a otra declaración, y ninguna se refiere a ella.
record-not-in-log = no está en este registro
record-discrepancies = Discrepancias en la propia declaración
record-discrepancies-note = Las fuentes se equivocan, y una misión asienta lo que se imprimió. Nada se ha modificado.
record-discrepancy = { $path }: impreso { $printed }, calculado { $derived }
record-mixed = Palabras con escrituras mezcladas
record-mixed-note = Las letras de una escritura pueden parecerse a las de otra.
record-mixed-word = mezcla { $scripts }
record-unseen = El texto tiene caracteres que no se ven. Cada uno se muestra como una marca con su número Unicode.
record-data = El mismo asiento como datos
record-bytes = Asiento tal como consta, { $n } bytes
record-proof = Prueba
record-proof-note = Lo que halló este servidor. Su navegador sustituye esta lista por lo que él mismo ha hallado.
script-latin = latina
script-cyrillic = cirílica
script-greek = griega
script-armenian = armenia
script-cherokee = cheroqui

## Pasos de una prueba
step-page = La página muestra lo que se firmó
step-page-more = Solo su navegador puede comprobarlo: recompone el asiento a partir de los bytes y lo compara con cada línea de la página.
step-entry = El asiento está bien formado
step-entry-more = { $n } bytes: huella del asiento anterior, hora de recepción, declaración.
step-statement = La declaración está bien formada
step-statement-more = Forma canónica, encabezado y cuerpo de su tipo.
step-id = El identificador es la huella de la declaración
step-signature = La firma es válida
step-signature-more = Ed25519, verificada estrictamente sobre los bytes de la declaración.
step-key = La parte había otorgado esta clave
step-key-granted = Otorgada en la posición { $position }
step-key-root = Es la clave raíz de la parte, nombrada en la carta.
step-key-until = Válida hasta el { $when }
step-key-revoked = Revocada en la posición { $position }
step-feed = La declaración sigue a la anterior de la misma clave
step-feed-more = Número { $seq } de esta clave; la anterior está en la posición { $position }.
step-feed-first = Primera declaración de esta clave.
step-chain = El asiento sigue al asiento anterior
step-chain-more = Lleva la huella del asiento en la posición { $position }.
step-chain-first = Primer asiento del registro.
step-inclusion = El asiento está en el árbol
step-inclusion-more = { $n } huellas llevan del asiento { $position } a la raíz del árbol de { $size } asientos.
step-checkpoint = El registro ha firmado la raíz
step-cosignatures = Los testigos han refrendado
step-cosignatures-none = El acuerdo no pide testigos.
step-memory = El registro no ha cambiado desde su última visita
step-memory-more = Solo su navegador puede comprobarlo: recuerda el último punto de control que vio aquí.

## Partes y claves
parties-title = Partes y claves
parties-lead = Quién podía firmar qué y cuándo. La clave raíz habla por una parte y otorga sus demás claves.
parties-caption = Partes nombradas en la carta
log-keys = Claves del registro
log-keys-caption = Qué clave firma los puntos de control de qué tamaño
log-key-sizes = Firma puntos de control de
log-key-from = { $from } asientos y más
log-key-between = { $from } a { $until } asientos
log-key-by = Introducida por
log-key-signs = firma
log-key-ended = terminada
log-witnesses = Testigos en vigor
log-witnesses-none = Las partes no han acordado testigos.
log-proposed = Propuesto, no en vigor
log-proposed-by = { $assents } de { $needed } partes han dado su acuerdo: { $who }
party-keys = Claves
party-keys-caption = Claves de esta parte, por orden de otorgamiento
party-root = Clave raíz
party-root-note = Firma la adhesión y los otorgamientos y revocaciones de claves, y nada más.
party-kinds = Declaraciones por tipo
party-newest = Declaraciones más recientes
party-none = Todavía no hay declaraciones.
key-title = Clave { $short }
key-label = En poder de
key-public = Clave pública
key-id = Identificador
key-may-sign = Puede firmar
key-may-all = todos los tipos abiertos a su parte
key-granted = Otorgada
key-until = Válida hasta
key-no-until = sin término indicado
key-revoked = Revocada
key-not-revoked = no revocada
key-suspect = Sospechosa desde el { $when }
key-suspect-note = Las declaraciones recibidas desde ese momento se muestran como sospechosas. Siguen siendo válidas.
key-statements = Declaraciones
key-feed = Sus declaraciones, las más recientes primero
key-state-good = En uso
key-state-revoked = Revocada
reason-superseded = otra clave ocupa su lugar
reason-ceased = quien la tenía ya no ejerce la función
reason-lost = ya nadie la tiene
reason-compromised = podría tenerla otra persona

## Puntos de control
checkpoints-title = Puntos de control y testigos
checkpoints-lead = Un punto de control es la firma del registro bajo todo lo que contiene. Quien conserve uno anterior puede demostrar si el registro se reescribió.
checkpoints-caption = Puntos de control que este explorador ha visto y verificado, los más recientes primero
checkpoints-seen = Visto
checkpoints-new = Asientos nuevos
checkpoints-witnesses = Refrendado por
checkpoints-gap = { $hours ->
    [one] { $hours } hora después del anterior
   *[other] { $hours } horas después del anterior
}
checkpoints-disagreements = Desacuerdos y fallos
checkpoints-disagreements-none = Ninguno: cada punto de control visto concuerda con los anteriores.
checkpoints-note = El más reciente, tal como se firmó
checkpoints-policy = Testigos que pide el acuerdo
checkpoints-policy-none = La carta no nombra testigos. La hora y la unicidad del registro descansan en quienes conservan puntos de control.
checkpoints-ledger = El historial empieza cuando este explorador leyó el registro por primera vez.

## Cronología
timeline-title = Cronología
timeline-lead = Lo que se informó, región por región, con los días de los que alguien informó.
timeline-filter = Elegir un período
timeline-bucket = Intervalo
bucket-day = Día
bucket-week = Semana
bucket-month = Mes
timeline-class = Clase de fuente
timeline-live-fire = Ejercicios con fuego real
timeline-live-with = incluidos
timeline-live-without = excluidos, cuando la fuente indica cuántos
timeline-violations = Violaciones del alto el fuego
timeline-of-which-explosions = de ellas, explosiones
timeline-live-fire-of = de ellas, ejercicios con fuego real
timeline-coverage = Cobertura
timeline-coverage-of = { $days } de { $total } días
timeline-observations = Observaciones
timeline-restrictions = Restricciones
timeline-notifications = Notificaciones
timeline-reports = Informes
timeline-nobody = nadie informó
timeline-not-known = no se sabe
timeline-zero-note = «0» significa que alguien observó y no contó ninguna. «Nadie informó» significa que ningún informe abarca esos días. «No se sabe» significa que un informe dice que no pudo saberse.
timeline-none = No se informó de nada en este período.
timeline-chart = { $region }, { $role }: violaciones del alto el fuego
timeline-chart-note = Barras: violaciones en cada intervalo; rayado: nadie informó. La línea verde bajo una barra indica la parte de los días de los que se informó. Las cifras figuran en el cuadro.
timeline-caption = { $region }, según: { $role }

## Mapa
map-title = Mapa
map-lead = Las zonas del acuerdo y los sucesos cuyas fuentes dan coordenadas, con la precisión que estas indican.
map-figure = Mapa de zonas y sucesos
map-note = El círculo tiene el tamaño de la precisión indicada: el suceso se sitúa en algún punto dentro de él. Círculo de trazos: la fuente no indica la precisión. Fronteras y costas: Natural Earth. No implican aceptación ni reconocimiento de frontera alguna por parte de nadie.
map-none = Ningún asiento de este período da coordenadas. Las misiones suelen publicar la distancia y la dirección desde un lugar.
map-zones = Zonas
map-zones-caption = Zonas del acuerdo
map-zone-outline = Contorno
map-zone-no-outline = sin contorno acordado
map-zone-corners = { $n } vértices
map-events = Sucesos en el mapa
map-events-caption = Los sucesos dibujados arriba, los más recientes primero
map-more = Hay más en este período; se dibujan los más recientes. Elija un período más corto para ver los demás.
map-latitude = Latitud
map-longitude = Longitud
map-precision = Precisión
map-metres = con un margen de { $n } m
map-legend-zone = Zona
map-legend-event = Suceso, con su precisión
map-legend-vague = Suceso, sin precisión indicada
map-legend-boundary = Frontera entre Estados

## Calendario
calendar-title = Calendario
calendar-lead = Las actividades militares tal como se notificaron, y la antelación con que se hizo.
calendar-caption = Actividades notificadas, por fecha de inicio
calendar-designation = Actividad
calendar-start = Inicio
calendar-end = Fin
calendar-given = Aviso dado
calendar-given-record = asentado
calendar-given-other = por otro conducto
calendar-lead-time = Antelación
calendar-lead-after = { $n ->
    [one] { $n } día después del inicio
   *[other] { $n } días después del inicio
}
calendar-short-notice = sin aviso previo a las tropas
calendar-troops = Efectivos
calendar-changed = modificada
calendar-cancelled = cancelada
calendar-none = No se notificó ninguna actividad para este período.
calendar-plans = Calendarios anuales
calendar-plans-caption = Calendarios de actividades previstas, por año
calendar-year = Año
calendar-nil = nada previsto
calendar-planned = { $n ->
    [one] { $n } actividad prevista
   *[other] { $n } actividades previstas
}
calendar-rule = El explorador calcula los días entre el aviso y el inicio. Corresponde a las constataciones decir si una norma exige más.

## Verificar
verify-title = Verificar un archivo
verify-lead = Suelte aquí una declaración, una prueba, un recibo, una prueba de fraude, un archivo de prueba o dos puntos de control. Su navegador los comprueba aquí; nada se envía.
verify-drop = Suelte archivos aquí o elíjalos
verify-results = Resultados
verify-needs-js = Esta página necesita JavaScript, pues comprueba su propio navegador. Sin él, use la línea de órdenes.
verify-offline = En su propia máquina, sin este sitio
verify-what = Qué puede comprobarse
verify-statement = Una declaración (.cose) con su prueba (.tlog-proof) o su recibo (.receipt)
verify-statement-more = quién la firmó, que el registro la contiene y si eso es definitivo; el recibo también puede estar dentro de la declaración
verify-evidence = Un archivo de prueba guardado desde este explorador (.html o .json)
verify-evidence-more = todo lo que mostraba su página
verify-checkpoints = Dos puntos de control de un mismo registro
verify-checkpoints-more = si se contradicen, lo que prueba que el registro se bifurcó
verify-fraud = Una prueba de fraude (.fraud-proof)
verify-fraud-more = si delata al titular de la clave de un registro, de qué, y si la clave es de este registro o de otro
verify-log = El registro con el que se cotejan los archivos
verify-log-more = Una declaración, una prueba o un recibo vale por las claves de este registro, salvo que suelte la carta de otro. Compare el acuerdo con lo que tenga de las partes.

## Datos
data-title = Datos
data-lead = Todo lo que se muestra aquí puede descargarse, replicarse y comprobarse sin este sitio.
data-log = El propio registro
data-log-note = En la disposición de c2sp.org/tlog-tiles. Sirve cualquier lector de ese formato.
data-checkpoint = Último punto de control, tal como se firmó
data-tiles = Teselas de huellas y lotes de asientos
data-archive = El registro entero en un solo archivo
data-mirror = Mantener una copia verificada
data-mirror-note = La orden comprueba cada firma y cada huella mientras copia, y continúa donde se detuvo.
data-exports = Exportaciones
data-exports-note = Cada una admite las mismas condiciones que la lista de asientos, con las mismas palabras.
data-csv = Tabla (CSV)
data-jsonl = Asientos con sus campos firmados (JSON Lines)
data-geojson = Sucesos con coordenadas (GeoJSON)
data-follow = Seguir
data-atom = Asientos nuevos (canal Atom)
data-events = Asientos nuevos a medida que se verifican (eventos enviados por el servidor)
data-api = Interfaz para programas
data-openapi = Descripción (OpenAPI 3.1)
data-schemas = Esquemas de las declaraciones (JSON Schema)
data-what = Contenido
data-where = Dirección

## Acerca de
about-title = Cómo comprobarlo usted mismo
about-lead = No tiene que confiar en este sitio. Esta página dice qué significan sus signos, qué no significan y cómo prescindir de él.
about-green = Qué significa «verificado»
about-green-1 = Este explorador obtuvo cada asiento del registro, comprobó cada firma y cada huella, aplicó de nuevo las normas del acuerdo y llegó a la raíz que el registro firmó.
about-green-2 = Así pues, cada declaración se firmó con una clave que su parte había otorgado; desde entonces nada se ha alterado, insertado, suprimido ni cambiado de orden.
about-not = Qué no significa
about-not-1 = No significa que una declaración sea cierta. Quien declara responde de ello.
about-not-2 = No significa que se haya asentado todo lo entregado. Quien entrega una declaración conserva su recibo.
about-not-3 = No dice cuándo se hizo una declaración más allá de la palabra del depositario y del orden de los asientos, salvo que testigos independientes refrenden.
about-not-4 = No dice quién incumplió el acuerdo.
about-amber = «Atención» y «No se verifica»
about-amber-1 = «Atención»: lo que se muestra se verificó, pero quizá no sea lo más reciente, o han firmado menos testigos de los acordados.
about-amber-2 = «No se verifica»: el registro se contradice, o contradice sus firmas o lo que se vio antes. El explorador muestra lo que se sostenía antes, y dice qué halló y dónde.
about-liar = Un servidor que miente
about-liar-1 = Su navegador comprueba por sí mismo cada página de asiento. Pero el programa que comprueba procede de este servidor, y un servidor que miente podría enviar un programa que miente.
about-liar-2 = Si esto le importa, use uno de los medios siguientes. Ninguno depende de este servidor.
about-own = Tener su propio explorador
about-own-note = Lee el registro desde aquí o desde cualquier réplica, y no cree nada que no haya comprobado.
about-command = Comprobar en la línea de órdenes
about-command-note = El identificador del acuerdo procede de las partes, no de este sitio.
about-evidence = Conservar un asiento como prueba
about-evidence-note = «Guardar como prueba», en la página de un asiento, hace un archivo que muestra el asiento y lo comprueba sin conexión. Un colega puede comparar el identificador del acuerdo que figura en él con el que dan las partes.
about-compare = Comparar puntos de control
about-compare-note = Dos personas que ven el mismo tamaño y la misma raíz del mismo acuerdo ven el mismo registro.
about-own-code = No confiar en ningún programa nuestro
about-own-code-note = Los formatos están publicados, con vectores de prueba; a partir de ellos puede escribirse un verificador en cualquier lenguaje.

## Problemas
problem-404-title = No existe tal página
problem-404 = La dirección no lleva a nada en este registro. Los asientos se numeran desde 0.
problem-400-title = La dirección no se entiende
problem-400 = Algo en la dirección no es como debiera.
problem-503-title = El registro se está comprobando
problem-503 = Este explorador solo muestra lo que ha verificado, y aún no ha terminado por primera vez. Esta página se recarga sola.
problem-500-title = No se pudo elaborar la página
problem-500 = Algo en la copia del registro no pudo leerse. Lo verificado no está en duda; la copia puede rehacerse.
problem-code = Código
problem-home = Ir al panorama

## Partes de un resumen y palabras de la especificación
part-parties = partes: { $n }
part-keys = claves: { $n }
part-deaths = muertes: { $n }
part-item = vencimiento { $n }
part-activities = actividades previstas: { $n }
part-until = hasta el { $when }
value-explosion = explosión
value-projectile = proyectil en vuelo
value-tracer-round = bala trazadora
value-burst = ráfaga
value-shot = disparo
value-burst-and-shot = ráfagas y disparos
value-muzzle-flash = fogonazo
value-illumination-flare = bengala iluminante
value-flare = bengala
value-gunfire = fuego de armas
value-violation = violación del alto el fuego
value-mine = minas o municiones sin estallar
value-uav-targeted = disparos contra una aeronave no tripulada de la misión
value-uav-lost = aeronave no tripulada de la misión perdida
value-uav-damaged = aeronave no tripulada de la misión dañada
value-uav-emergency-landing = aterrizaje de emergencia de una aeronave no tripulada de la misión
value-threat = amenazas a miembros de la misión
value-other = otro
value-not-known = no se sabe
value-denied = denegado
value-delayed = retrasado
value-conditional = autorizado con condiciones
value-resumed = restricción levantada
value-observed = observado
value-corroborated = corroborado
value-not-corroborated = no corroborado
value-inconclusive = no concluyente
value-suspended = suspendido
value-in-violation-of-withdrawal-lines = en violación de las líneas de retirada
value-beyond-lines-outside-storage = más allá de las líneas de retirada, fuera de depósito
value-not-verified-as-withdrawn = retirada no verificada
value-missing-from-holding-area = ausente de una zona de concentración
value-missing-from-permanent-storage = ausente de un depósito permanente
value-inside-security-zone = dentro de la zona de seguridad
value-killed = muertos
value-injured = heridos
value-killed-or-injured = muertos o heridos
value-missing = desaparecidos
value-routine = ordinario
value-urgent = urgente
value-immediate = inmediato
value-field-exercise = ejercicio sobre el terreno
value-live-firing = fuego real
value-amphibious-landing = desembarco anfibio
value-heliborne-landing = desembarco helitransportado
value-parachute-drop = lanzamiento de paracaidistas
value-transfer = traslado de fuerzas
value-concentration = concentración de fuerzas
value-alert = ejercicio de alerta
value-air-exercise = ejercicio aéreo
value-naval-exercise = ejercicio naval
value-movement = movimiento de tropas
value-missile-launch = lanzamiento de misil o vehículo espacial
value-command-post-exercise = ejercicio de puesto de mando
value-nil-return = sin novedad
value-data-sharing = intercambio de datos
value-restraint = contención
value-pause = pausa en los combates
value-local-ceasefire = alto el fuego local
value-corridor = corredor
value-force-limit = límite de fuerzas
value-meeting = reunión
value-channel-test = prueba de un canal
value-access = acceso
value-assessment = evaluación
value-assistance = asistencia
value-action = acción puntual
value-military = militar
value-environmental = medio ambiente
value-health = salud
value-cyber = redes y sistemas
value-clarification = aclaración
value-unusual-activity = actividad militar insólita
value-hazardous-incident = incidente peligroso
value-visit = solicitud de visita
value-hotline = llamada por la línea directa
value-complaint = denuncia
value-relief = socorro o paso
value-answered = contestado
value-partly-answered = contestado en parte
value-declined = declinado
value-needs-more-time = se necesita más tiempo
value-accepts = acepta
value-accepts-in-part = acepta en parte
value-disputes = impugna
value-comments = comenta
value-minutes = actas
value-criteria = criterios
value-mandate = mandato
value-protocol = protocolo
value-guidance = orientaciones
value-lesson = lección aprendida
value-audit-report = informe de auditoría
value-legal-justification = justificación jurídica
value-decision = decisión
value-retraction = retirada
value-live-fire-training = ejercicios con fuego real
value-disengagement-breach = incumplimiento de la separación de fuerzas
value-superseded = sustituida
value-ceased = función cesada
value-lost = perdida
value-compromised = comprometida
