# Слова обозревателя. В пяти файлах одни и те же ключи с одними и теми же переменными; это проверяет тест.
# Язык — документов ОБСЕ и ООН. Обозреватель никогда не говорит, кто прав.

## Рамка
brand-of = Обозреватель журнала
skip = Перейти к содержанию
nav-rooms = Разделы
nav-languages = Язык
nav-overview = Обзор
nav-timeline = Хронология
nav-map = Карта
nav-calendar = Календарь
nav-records = Записи
nav-parties = Стороны и ключи
nav-checkpoints = Контрольные точки
nav-verify = Проверка
nav-data = Данные
nav-about = Как это проверить
foot-said = Обозреватель показывает, кто, что и когда заявил. Он не утверждает, что заявление истинно, и никогда не указывает, кто нарушил договорённость.
foot-times = Время указано по UTC в виде «год-месяц-день часы:минуты». Ваше местное время приводится рядом, если браузер это позволяет.
foot-readonly = Только чтение. Без файлов cookie, без учётных записей, без обращений к другим сайтам.

## Строка состояния
status-label = Состояние проверки
status-green = Проверено
status-amber = Внимание
status-red = Проверка не пройдена
status-verified = Этот обозреватель проверил все записи журнала ({ $size }) до последней контрольной точки, включая каждую подпись, и нашёл их в порядке ({ $when }).
status-catching-up = В журнале больше записей, чем показано: проверено { $size }, опубликовано { $published }. Остальные проверяются.
status-unreachable = В настоящее время журнал прочитать нельзя. Показанное было проверено ранее: записей — { $size } ({ $when }).
status-witnesses = Контрольную точку заверило меньше свидетелей, чем требует соглашение: { $have } из { $asked }. Сами записи ({ $size }) проверены ({ $when }).
status-broken = Что-то в журнале не сходится. Показано то, что прошло проверку до этого: записей — { $size } ({ $when }).
status-starting = Журнал читается и проверяется впервые: { $done } записей из { $total }.
status-waiting = Журнал читается впервые.
status-no-checkpoint = В журнале ещё нет контрольной точки: за его записи никто не подписался, и они не показываются.
status-stale = Источник показывает более раннее состояние журнала, чем проверено здесь. Показано более позднее: записей — { $size } ({ $when }).
status-copy-failed = Обозреватель не может записать свою копию журнала. Показанное было проверено ранее: записей — { $size } ({ $when }).
status-ahead = Последние записи датированы позже, чем показывают часы этого обозревателя (число записей: { $n }; до { $when }). Неверны либо часы журнала, либо эти. На подписи и порядок записей это не влияет.
status-at = в записи { $position }
status-found-when = обнаружено { $when }

## Заключение браузера
verdict-unchecked-title = Ваш браузер это ещё не проверил
verdict-unchecked = Если включён JavaScript, ваш браузер сам проверяет эту страницу по подписанным байтам. Пока он не сообщит об этом здесь, вы полагаетесь на этот сервер.

## Общие слова
word-any = Любое
word-none = Нет
word-not-stated = Не указано
word-position = Номер
word-received = Получено
word-party = Сторона
word-role = Роль
word-kind = Вид
word-zone = Зона или район
word-what = Содержание
word-when = Когда
word-from = С
word-to = По
word-state = Состояние
word-key = Ключ
word-keys = Ключи
word-records = Записи
word-record-n = Запись { $position }
word-region = Район
word-size = Размер
word-root = Корень
word-origin = Происхождение
word-agreement = Соглашение
word-older = Более ранние
word-newest = Новейшие
word-more = Показать все
word-about-n = около { $n }
word-days = { $n ->
    [one] { $n } день
    [few] { $n } дня
   *[other] { $n } дней
}
records-count = { $n ->
    [one] { $n } запись
    [few] { $n } записи
   *[other] { $n } записей
}
records-at-least = Не менее { $n } записей
drill = Учения
drill-note = Учения самой системы. Нигде не учитываются.

## Роли и виды
role-state = Государство
role-mission = Миссия
role-guarantor = Гарант
role-civil = Гражданское общество
kind-charter = Устав
kind-accession = Присоединение
kind-key-grant = Предоставление ключа
kind-key-revocation = Отзыв ключа
kind-amendment = Поправка
kind-endorsement = Одобрение поправки
kind-report = Отчёт
kind-observation = Наблюдение
kind-restriction = Ограничение передвижения
kind-weapons = Вооружения
kind-harm = Ущерб людям и объектам
kind-signal = Раннее предупреждение
kind-notification = Уведомление
kind-calendar = Ежегодный план
kind-commitment = Обязательство
kind-delivery = Исполнение
kind-inquiry = Запрос
kind-reply = Ответ на запрос
kind-response = Ответное заявление
kind-document = Документ
kind-finding = Вывод

## Состояния записи
flag-corrected = Исправлено
flag-retracted = Отозвано
flag-replied = Есть ответное заявление
flag-answered = Дан ответ
flag-disputed = Оспорено
flag-supported = Поддержано
flag-examined = Предмет вывода
flag-suspect = Ключ под сомнением
flag-drill = Учения
flag-late = Внесено с опозданием
flag-ahead = Дата опережает часы
flag-correction = Исправление
flag-retraction = Отзыв

## Отношения
relation-corrects = исправляет
relation-retracts = отзывает
relation-answers = отвечает на
relation-fulfils = исполняет
relation-disputes = оспаривает
relation-supports = поддерживает
relation-about = касается
relation-corrects-by = исправлено в
relation-retracts-by = отозвано в
relation-answers-by = ответ дан в
relation-fulfils-by = исполнено в
relation-disputes-by = оспорено в
relation-supports-by = поддержано в
relation-about-by = упоминается в

## Обзор
overview-title = Обзор
overview-lead = Соглашение, заявления сторон в его рамках и то, насколько они проверены.
overview-drill = Это соглашение — учебное. Ничто в нём никого не обязывает.
overview-force-yes = Действует: присоединились все стороны-учредители.
overview-force-no = Действует не для всех: присоединились { $acceded } из { $parties } сторон-учредителей.
overview-review = Подлежит пересмотру до { $when }
overview-until = Прекращает действие { $when }, если не будет продлено
overview-no-until = Срок действия не указан.
overview-no-review = Срок пересмотра не указан.
overview-figure-records = Проверено записей
overview-figure-checkpoint = Последняя контрольная точка
overview-figure-witnesses = Свидетели
overview-figure-week = Получено за эту неделю
overview-figure-week-more = за предыдущую неделю — { $n }
overview-figure-disputes = Оспорено, ответа в журнале нет
witnesses-none = не требуются
witnesses-of = { $have } из { $asked }
overview-week = Записи по неделям
overview-week-note = Недели — с понедельника по воскресенье, UTC.
overview-week-caption = Записи, полученные за каждую неделю, по видам
overview-week-of = Неделя с
overview-week-total = Всего
overview-disputes = Оспариваемые заявления
overview-disputes-none = В настоящее время ни одно заявление не оспаривается.
overview-inquiries = Запросы без ответа
overview-inquiries-none = На все запросы даны ответы.
overview-newest = Новейшие записи
overview-parties = Стороны соглашения
overview-acceded = Присоединилась
overview-not-acceded = Не присоединилась
overview-last = Последнее заявление
overview-checkpoint = Последняя контрольная точка
overview-checkpoint-note = Сравните эти значения с теми, что есть у другого лица: если соглашение, размер и корень совпадают, вы смотрите на один и тот же журнал.

## Записи
records-title = Записи
records-lead = Все заявления журнала, сначала новые. Каждая запись доказывается на собственной странице.
records-filter = Отбор записей
records-text = Слова в тексте
records-period = Событие в период
records-status = Состояние записи
records-zones = Зона
records-apply = Применить
records-clear = Сбросить
records-none = Этим условиям не отвечает ни одна запись.
records-bad-query = Условия не удалось понять: { $what }
records-formats = Та же выборка в виде данных
records-caption = Записи, отвечающие условиям, сначала новые
records-local = время не указано

## Запись
record-title = Запись { $position }
record-lead = Что было подписано, слово в слово; ниже — что добавил журнал; рядом — чем доказано то и другое.
record-save = Сохранить как доказательство
record-previous = Предыдущая запись
record-next = Следующая запись
record-feed-previous = Предыдущее заявление, подписанное тем же ключом
record-gloss = Словами обозревателя
record-gloss-note = Не подписано. Эту часть обозреватель составляет по другим записям; она меняется по мере их поступления.
record-state = Положение
record-stands = В силе: ни исправления, ни отзыва в журнале нет.
record-is-corrected = Исправлено. Вместо него действует более позднее заявление.
record-is-retracted = Отозвано автором.
record-is-suspect = Получено в то время, за которое ключ объявлен сомнительным.
record-ahead = Журнал датирует эту запись позже, чем показывают часы этого обозревателя. Неверны либо часы журнала, либо эти. На подпись и порядок записей это не влияет.
record-is-disputed = Оспаривается другим заявлением в журнале.
record-trail = Связанные записи
record-trail-note = Заявления, на которые ссылается это, и те, которые ссылаются на него.
record-trail-none = Оно не ссылается на другие заявления, и на него никто не ссылается.
record-not-in-log = отсутствует в этом журнале
record-discrepancies = Расхождения в самом заявлении
record-discrepancies-note = Источники ошибаются, а миссия фиксирует то, что было напечатано. Ничего не изменено.
record-discrepancy = { $path }: напечатано { $printed }, вычислено { $derived }
record-mixed = Слова из смешанных письменностей
record-mixed-note = Буквы одной письменности могут быть похожи на буквы другой.
record-mixed-word = смешаны: { $scripts }
record-unseen = В тексте есть невидимые знаки. Каждый показан пометкой с его номером в Юникоде.
record-data = Та же запись в виде данных
record-bytes = Запись, как она внесена, байтов: { $n }
record-proof = Доказательство
record-proof-note = Что установил этот сервер. Ваш браузер заменит этот список тем, что установит сам.
script-latin = латиница
script-cyrillic = кириллица
script-greek = греческое письмо
script-armenian = армянское письмо
script-cherokee = письмо чероки

## Шаги доказательства
step-page = Страница показывает то, что было подписано
step-page-more = Это может проверить только ваш браузер: он заново составляет запись из байтов и сравнивает с каждой строкой страницы.
step-entry = Запись составлена правильно
step-entry-more = Байтов: { $n }; хеш предыдущей записи, время получения, заявление.
step-statement = Заявление составлено правильно
step-statement-more = Каноническая форма, заголовок и содержание своего вида.
step-id = Идентификатор — хеш заявления
step-signature = Подпись верна
step-signature-more = Ed25519, строгая проверка по байтам заявления.
step-key = Ключ был предоставлен стороной
step-key-granted = Предоставлен в записи { $position }
step-key-root = Это корневой ключ стороны, названный в уставе.
step-key-until = Действителен до { $when }
step-key-revoked = Отозван в записи { $position }
step-feed = Заявление следует за предыдущим, подписанным тем же ключом
step-feed-more = Номер { $seq } у этого ключа; предыдущее — в записи { $position }.
step-feed-first = Первое заявление этого ключа.
step-chain = Запись следует за предыдущей
step-chain-more = Содержит хеш записи { $position }.
step-chain-first = Первая запись журнала.
step-inclusion = Запись входит в дерево
step-inclusion-more = Хешей на пути от записи { $position } к корню дерева из { $size } записей: { $n }.
step-checkpoint = Журнал подписал корень
step-cosignatures = Свидетели заверили
step-cosignatures-none = Соглашение не требует свидетелей.
step-memory = Журнал не изменился со времени вашего последнего посещения
step-memory-more = Это может проверить только ваш браузер: он помнит последнюю контрольную точку, которую видел здесь.

## Стороны и ключи
parties-title = Стороны и ключи
parties-lead = Кто, что и когда мог подписывать. Корневой ключ говорит от имени стороны и предоставляет остальные её ключи.
parties-caption = Стороны, названные в уставе
log-keys = Ключи журнала
log-keys-caption = Какой ключ подписывает контрольные точки какого размера
log-key-sizes = Подписывает контрольные точки на
log-key-from = { $from } записей и более
log-key-between = от { $from } до { $until } записей
log-key-by = Введён записью
log-key-signs = подписывает
log-key-ended = срок истёк
log-witnesses = Действующие свидетели
log-witnesses-none = Стороны не договорились о свидетелях.
log-proposed = Предложено, не вступило в силу
log-proposed-by = Согласились { $assents } из { $needed } сторон: { $who }
party-keys = Ключи
party-keys-caption = Ключи этой стороны в порядке предоставления
party-root = Корневой ключ
party-root-note = Подписывает присоединение, предоставление и отзыв ключей, и ничего более.
party-kinds = Заявления по видам
party-newest = Новейшие заявления
party-none = Заявлений пока нет.
key-title = Ключ { $short }
key-label = Держатель
key-public = Открытый ключ
key-id = Идентификатор
key-may-sign = Может подписывать
key-may-all = все виды, доступные стороне
key-granted = Предоставлен
key-until = Действителен до
key-no-until = срок не указан
key-revoked = Отозван
key-not-revoked = не отозван
key-suspect = Под сомнением с { $when }
key-suspect-note = Заявления, полученные с этого момента, помечаются как сомнительные. Они остаются действительными.
key-statements = Заявления
key-feed = Заявления, подписанные им, сначала новые
key-state-good = Используется
key-state-revoked = Отозван
reason-superseded = его заменил другой ключ
reason-ceased = держатель больше не исполняет эту функцию
reason-lost = ключа больше ни у кого нет
reason-compromised = ключ может быть у постороннего лица

## Контрольные точки
checkpoints-title = Контрольные точки и свидетели
checkpoints-lead = Контрольная точка — это подпись журнала под всем его содержимым. Тот, кто сохранил более раннюю, может показать, переписан ли журнал.
checkpoints-caption = Контрольные точки, которые этот обозреватель видел и проверил, сначала новые
checkpoints-seen = Замечена
checkpoints-new = Новые записи
checkpoints-witnesses = Заверили
checkpoints-gap = { $hours ->
    [one] через { $hours } час после предыдущей
    [few] через { $hours } часа после предыдущей
   *[other] через { $hours } часов после предыдущей
}
checkpoints-disagreements = Разногласия и сбои
checkpoints-disagreements-none = Нет: каждая замеченная контрольная точка согласуется с предыдущими.
checkpoints-note = Последняя, как подписана
checkpoints-policy = Свидетели, которых требует соглашение
checkpoints-policy-none = Устав не называет свидетелей. Время и единственность журнала держатся на тех, кто хранит контрольные точки.
checkpoints-ledger = История начинается с того момента, когда этот обозреватель впервые прочитал журнал.

## Хронология
timeline-title = Хронология
timeline-lead = Что сообщалось по каждому району, и за какие дни кто-либо вообще сообщал.
timeline-filter = Выбор периода
timeline-bucket = Шаг
bucket-day = День
bucket-week = Неделя
bucket-month = Месяц
timeline-class = Категория источника
timeline-live-fire = Учебные стрельбы
timeline-live-with = учтены
timeline-live-without = исключены, если источник указывает их число
timeline-violations = Нарушения режима прекращения огня
timeline-of-which-explosions = в том числе взрывы
timeline-live-fire-of = в том числе учебные стрельбы
timeline-coverage = Охват
timeline-coverage-of = { $days } из { $total } дней
timeline-observations = Наблюдения
timeline-restrictions = Ограничения
timeline-notifications = Уведомления
timeline-reports = Отчёты
timeline-nobody = никто не сообщал
timeline-not-known = неизвестно
timeline-zero-note = «0» означает, что наблюдение велось и не зафиксировано ни одного. «Никто не сообщал» означает, что эти дни не охвачены ни одним отчётом. «Неизвестно» означает, что, по словам отчёта, это не удалось установить.
timeline-none = За этот период ничего не сообщалось.
timeline-chart = { $region }, { $role }: нарушения режима прекращения огня
timeline-chart-note = Столбцы — нарушения за каждый шаг; штриховка — никто не сообщал. Зелёная черта под столбцом показывает долю дней, за которые сообщалось. Цифры — в таблице.
timeline-caption = { $region }, по сообщениям: { $role }

## Карта
map-title = Карта
map-lead = Зоны соглашения и события, для которых источники дают координаты, — с той точностью, с какой они их дают.
map-figure = Карта зон и событий
map-note = Круг имеет размер указанной точности: событие находится где-то внутри него. Пунктирный круг — источник не указывает точность. Границы и берега: Natural Earth. Их изображение не означает чьего-либо признания каких-либо границ.
map-none = Ни одна запись за этот период не даёт координат. Миссии часто публикуют расстояние и направление от населённого пункта.
map-zones = Зоны
map-zones-caption = Зоны соглашения
map-zone-outline = Очертания
map-zone-no-outline = очертания не согласованы
map-zone-corners = вершин: { $n }
map-events = События на карте
map-events-caption = Изображённые выше события, сначала новые
map-more = За этот период их больше; изображены новейшие. Чтобы увидеть остальные, выберите более короткий период.
map-latitude = Широта
map-longitude = Долгота
map-precision = Точность
map-metres = в пределах { $n } м
map-legend-zone = Зона
map-legend-event = Событие с указанной точностью
map-legend-vague = Событие, точность не указана
map-legend-boundary = Граница между государствами

## Календарь
calendar-title = Календарь
calendar-lead = Военная деятельность согласно уведомлениям и то, за какой срок они были направлены.
calendar-caption = Деятельность, о которой направлены уведомления, по дате начала
calendar-designation = Деятельность
calendar-start = Начало
calendar-end = Окончание
calendar-given = Уведомление направлено
calendar-given-record = внесено в журнал
calendar-given-other = по другому каналу
calendar-lead-time = Срок уведомления
calendar-lead-after = { $n ->
    [one] через { $n } день после начала
    [few] через { $n } дня после начала
   *[other] через { $n } дней после начала
}
calendar-short-notice = без предварительного уведомления войск
calendar-troops = Личный состав
calendar-changed = изменено
calendar-cancelled = отменено
calendar-none = За этот период уведомлений не было.
calendar-plans = Ежегодные планы
calendar-plans-caption = Планы предусмотренной деятельности по годам
calendar-year = Год
calendar-nil = деятельность не планируется
calendar-planned = { $n ->
    [one] { $n } запланированное мероприятие
    [few] { $n } запланированных мероприятия
   *[other] { $n } запланированных мероприятий
}
calendar-rule = Обозреватель вычисляет число дней между уведомлением и началом. Требует ли правило большего, решается в выводах.

## Проверка
verify-title = Проверка файла
verify-lead = Перетащите сюда заявление, доказательство, квитанцию, доказательство обмана, файл доказательства или две контрольные точки. Ваш браузер проверит их здесь; ничего не отправляется.
verify-drop = Перетащите файлы сюда или выберите их
verify-results = Результаты
verify-needs-js = Этой странице нужен JavaScript, поскольку проверяет ваш собственный браузер. Без него воспользуйтесь командной строкой.
verify-offline = На собственном компьютере, без этого сайта
verify-what = Что можно проверить
verify-statement = Заявление (.cose) с доказательством (.tlog-proof) или квитанцией (.receipt)
verify-statement-more = кто его подписал, что оно внесено в журнал и окончательно ли это; квитанция может находиться и внутри заявления
verify-evidence = Файл доказательства, сохранённый из этого обозревателя (.html или .json)
verify-evidence-more = всё, что показывала его страница
verify-checkpoints = Две контрольные точки одного журнала
verify-checkpoints-more = противоречат ли они друг другу, что доказывает раздвоение журнала
verify-fraud = Доказательство обмана (.fraud-proof)
verify-fraud-more = изобличает ли оно владельца ключа журнала, в чём, и принадлежит ли ключ этому журналу или другому
verify-log = Журнал, по которому проверяются файлы
verify-log-more = Заявление, доказательство или квитанция проверяются по ключам этого журнала, если вы не перетащили устав другого. Сравните соглашение с тем, что вы получили от сторон.

## Данные
data-title = Данные
data-lead = Всё, что здесь показано, можно получить, скопировать и проверить без этого сайта.
data-log = Сам журнал
data-log-note = В формате c2sp.org/tlog-tiles. Подойдёт любая программа, читающая этот формат.
data-checkpoint = Последняя контрольная точка, как подписана
data-tiles = Плитки хешей и пакеты записей
data-archive = Весь журнал одним файлом
data-mirror = Ведение проверенной копии
data-mirror-note = Команда проверяет каждую подпись и каждый хеш при копировании и продолжает с того места, где остановилась.
data-exports = Выгрузки
data-exports-note = Каждая принимает те же условия, что и список записей, в тех же словах.
data-times = Если подписаны целые дни, указаны дни, включая последний; если подписаны моменты времени, они указаны по UTC. В CSV и GeoJSON дни стоят в «first_day» и «last_day», моменты — в «from» и «to».
data-csv = Таблица (CSV)
data-csv-excel = Та же таблица для Excel (с меткой порядка байтов)
data-jsonl = Записи с подписанными полями (JSON Lines)
data-geojson = События с координатами (GeoJSON)
data-follow = Отслеживание
data-atom = Новые записи (лента Atom)
data-events = Новые записи по мере проверки (события, отправляемые сервером)
data-api = Интерфейс для программ
data-openapi = Описание (OpenAPI 3.1)
data-schemas = Схемы заявлений (JSON Schema)
data-what = Содержание
data-where = Адрес

## О проверке
about-title = Как проверить это самостоятельно
about-lead = Этому сайту не нужно доверять. Здесь сказано, что означают его знаки, чего они не означают и как обойтись без него.
about-green = Что означает «проверено»
about-green-1 = Этот обозреватель получил каждую запись журнала, проверил каждую подпись и каждый хеш, заново применил правила соглашения и пришёл к тому корню, который подписал журнал.
about-green-2 = Следовательно, каждое заявление подписано ключом, который предоставила его сторона; с тех пор ничего не изменено, не вставлено, не изъято и не переставлено.
about-not = Чего это не означает
about-not-1 = Это не означает, что заявление истинно. За него отвечает тот, кто его сделал.
about-not-2 = Это не означает, что внесено всё переданное. Кто передаёт заявление, хранит расписку.
about-not-3 = Это не говорит, когда заявление было сделано, помимо слова депозитария и порядка записей, если независимые свидетели не заверили.
about-not-4 = Это не говорит, кто нарушил соглашение.
about-amber = «Внимание» и «Проверка не пройдена»
about-amber-1 = «Внимание»: показанное проверено, но, возможно, не является новейшим, либо подписало меньше свидетелей, чем условлено.
about-amber-2 = «Проверка не пройдена»: журнал противоречит самому себе, своим подписям или виденному ранее. Обозреватель показывает то, что сходилось до этого, и сообщает, что и где он обнаружил.
about-liar = Если сервер лжёт
about-liar-1 = Ваш браузер сам проверяет каждую страницу записи. Но программа проверки приходит с этого сервера, а лгущий сервер может прислать лгущую программу.
about-liar-2 = Если для вас это важно, воспользуйтесь одним из следующих способов. Ни один из них не зависит от этого сервера.
about-own = Собственный обозреватель
about-own-note = Он читает журнал отсюда или с любого зеркала и не верит ничему, чего не проверил.
about-command = Проверка в командной строке
about-command-note = Идентификатор соглашения получают от сторон, а не с этого сайта.
about-evidence = Сохранить запись как доказательство
about-evidence-note = «Сохранить как доказательство» на странице записи создаёт файл, который показывает запись и проверяет её без сети. Коллега может сравнить указанный в нём идентификатор соглашения с полученным от сторон.
about-compare = Сравнить контрольные точки
about-compare-note = Два человека, видящие одинаковые размер и корень одного соглашения, видят один и тот же журнал.
about-own-code = Не доверять никакому нашему коду
about-own-code-note = Форматы опубликованы вместе с проверочными векторами; по ним можно написать средство проверки на любом языке.

## Неполадки
problem-404-title = Такой страницы нет
problem-404 = Адрес ни к чему не ведёт в этом журнале. Записи нумеруются с 0.
problem-400-title = Адрес не удалось понять
problem-400 = Что-то в адресе не так, как должно быть.
problem-503-title = Журнал проверяется
problem-503 = Этот обозреватель показывает только проверенное, а первая проверка ещё не завершена. Страница обновится сама.
problem-500-title = Страницу не удалось составить
problem-500 = Что-то в копии журнала не удалось прочитать. Проверенное не ставится под сомнение; копию можно создать заново.
problem-code = Код
problem-home = Перейти к обзору

## Части краткого изложения и слова спецификации
part-parties = сторон: { $n }
part-keys = ключей: { $n }
part-deaths = погибших: { $n }
part-item = срок № { $n }
part-activities = запланировано: { $n }
part-until = до { $when }
value-explosion = взрыв
value-projectile = снаряд в полёте
value-tracer-round = трассирующий снаряд
value-burst = очередь
value-shot = выстрел
value-burst-and-shot = очереди и выстрелы
value-muzzle-flash = дульная вспышка
value-illumination-flare = осветительная ракета
value-flare = сигнальная ракета
value-gunfire = стрельба
value-violation = нарушение режима прекращения огня
value-mine = мины или неразорвавшиеся боеприпасы
value-uav-targeted = обстрел беспилотного аппарата миссии
value-uav-lost = потеря беспилотного аппарата миссии
value-uav-damaged = повреждение беспилотного аппарата миссии
value-uav-emergency-landing = вынужденная посадка беспилотного аппарата миссии
value-threat = угрозы сотрудникам миссии
value-other = прочее
value-not-known = неизвестно
value-denied = отказано
value-delayed = задержано
value-conditional = пропущено при условии
value-resumed = ограничение снято
value-observed = наблюдалось
value-corroborated = подтверждено
value-not-corroborated = не подтверждено
value-inconclusive = не установлено
value-suspended = приостановлено
value-in-violation-of-withdrawal-lines = в нарушение линий отвода
value-beyond-lines-outside-storage = за линиями отвода, вне мест хранения
value-not-verified-as-withdrawn = отвод не подтверждён
value-missing-from-holding-area = отсутствует в районе содержания
value-missing-from-permanent-storage = отсутствует в месте постоянного хранения
value-inside-security-zone = внутри зоны безопасности
value-killed = погибшие
value-injured = раненые
value-killed-or-injured = погибшие или раненые
value-missing = пропавшие без вести
value-routine = обычная срочность
value-urgent = срочно
value-immediate = немедленно
value-field-exercise = полевые учения
value-live-firing = боевые стрельбы
value-amphibious-landing = высадка морского десанта
value-heliborne-landing = высадка вертолётного десанта
value-parachute-drop = выброска парашютного десанта
value-transfer = переброска войск
value-concentration = сосредоточение войск
value-alert = учения по тревоге
value-air-exercise = учения ВВС
value-naval-exercise = учения ВМС
value-movement = передвижение войск
value-missile-launch = пуск ракеты или космического аппарата
value-command-post-exercise = командно-штабные учения
value-nil-return = деятельность не планируется
value-data-sharing = передача данных
value-restraint = сдержанность
value-pause = пауза в боевых действиях
value-local-ceasefire = местное прекращение огня
value-corridor = коридор
value-force-limit = ограничение сил
value-meeting = встреча
value-channel-test = проверка канала связи
value-access = доступ
value-assessment = оценка
value-assistance = помощь
value-action = отдельное действие
value-military = военная тема
value-environmental = окружающая среда
value-health = здравоохранение
value-cyber = сети и системы
value-clarification = разъяснение
value-unusual-activity = необычная военная деятельность
value-hazardous-incident = опасный инцидент
value-visit = просьба о посещении
value-hotline = обращение по горячей линии
value-complaint = жалоба
value-relief = помощь или проход
value-answered = дан ответ
value-partly-answered = дан частичный ответ
value-declined = отклонено
value-needs-more-time = требуется больше времени
value-accepts = соглашается
value-accepts-in-part = соглашается частично
value-disputes = оспаривает
value-comments = даёт пояснения
value-minutes = протокол заседания
value-criteria = критерии
value-mandate = мандат
value-protocol = порядок действий
value-guidance = руководящие указания
value-lesson = извлечённый урок
value-audit-report = отчёт о проверке
value-legal-justification = правовое обоснование
value-decision = решение
value-retraction = отзыв
value-live-fire-training = учебные стрельбы
value-disengagement-breach = нарушение разведения сил
value-superseded = заменён
value-ceased = функция прекращена
value-lost = утрачен
value-compromised = скомпрометирован
